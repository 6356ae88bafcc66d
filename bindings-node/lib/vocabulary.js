'use strict';
// The words of events and decisions with the numbers of `engine/src/event.rs`
// and `decision.rs`. `test/vocabulary.test.js` compares them with those sources.

const words = (...all) => Object.freeze(Object.assign(Object.create(null), ...all.map((word, number) => ({ [word]: number }))));

const KINDS = words('file', 'exec', 'network', 'dns', 'login', 'account', 'registry', 'system', 'malware', 'credential');

/** Enforcers that see system calls may name them. */
const SYSTEM_CALLS = { truncate: 2, chmod: 6, chown: 6, utime: 6, setxattr: 6 };

const FILE_OPERATIONS = Object.freeze(Object.assign(
  Object.create(null),
  words('read', 'create', 'modify', 'delete', 'rename', 'link', 'attributes', 'execute'),
  SYSTEM_CALLS,
));

/** What made an event invalid, as far as JavaScript finds it out. */
const FAULTS = Object.freeze({
  notAnEvent: 1,
  unknownKind: 2,
  unknownValue: 3,
  unknownField: 4,
  duplicateField: 5,
  missingField: 6,
  fieldType: 7,
});

const INVALID = Object.freeze([
  undefined, 'not_an_event', 'unknown_kind', 'unknown_value', 'unknown_field', 'duplicate_field', 'missing_field',
  'field_type', , , , , , , , , 'path_empty', 'path_nul', 'path_dot_dot', 'path_relative', 'path_truncated',
  'path_too_long', 'path_magic_link', 'path_character', 'path_device', 'path_short_name', 'path_volume',
  'path_redirected', , , , , 'registry_hive', 'address', 'domain', 'principal_name', 'principal_id', 'principal_sid',
  'groups_incomplete', 'sha256', 'time',
]);

module.exports = {
  KINDS,
  FILE_OPERATIONS,
  DIRECTIONS: words('outbound', 'inbound', 'listen'),
  PROTOCOLS: words('tcp', 'udp', 'icmp', 'sctp'),
  SUBJECTS: words('user', 'group'),
  ACCOUNT_OPERATIONS: words('create', 'delete', 'modify'),
  REGISTRY_OPERATIONS: words('create', 'read', 'modify', 'delete', 'attributes'),
  SYSTEM_CHANGES: words('time_change', 'service_create', 'service_delete', 'service_change', 'log_clear', 'log_tamper'),
  FAULTS,
  ACTIONS: Object.freeze(['allow', 'audit', 'block']),
  REASONS: Object.freeze(['no_match', 'matched', 'quarantined', 'invalid_event']),
  INVALID,
};
