/*
 * Wardline, an embeddable runtime-security policy engine: the C interface.
 *
 * Made from bindings-c/src by `UPDATE=1 cargo test -p wardline-c --test header`.
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * In short: compile policies or take a bundle, load it once, and ask about each
 * event. docs/c.md is the guide, docs/enforcing.md says how to write an enforcer.
 *
 * For every function:
 * - It answers a status, unless it cannot fail; results go through pointers and
 *   are written on WARDLINE_STATUS_OK only, unless it says otherwise.
 * - `const` means unchanged. Nothing is owned by the caller but handles, of which
 *   each kind has a `_free`. What a function is given it does not keep.
 * - A pointer that may be NULL is said to be; all others answer NULL_ARGUMENT. So do
 *   bytes and lists that are NULL but not empty. A live handle of another kind
 *   answers WRONG_HANDLE. One that was freed must not be used.
 * - A struct that begins with `size` must have it set, as the functions at the end
 *   of this file do; another size answers WRONG_SIZE.
 * - It may be called from any thread, also while others use the same handles, except
 *   to free them. No function calls back, uses thread-local state of the caller's,
 *   changes signals or the locale, prints, or ends the process; a fault of the
 *   library answers INTERNAL. It is not for signal handlers, but for
 *   wardline_engine_decide without a state, which takes no lock and, of an event
 *   with at most 16 items in each list and names in ASCII, does not allocate.
 * - After a fork the child may use engines and actors, also to free them. A shared
 *   engine or a state of the parent it must not use if another thread was using it
 *   at that moment.
 *
 * Two smaller libraries have less: define WARDLINE_READER_ONLY for the reader without
 * compiler and JSON events (wardline-reader.pc), WARDLINE_FREESTANDING for the
 * one without the standard library, whose handles lie in memory of the caller's
 * (wardline-freestanding.pc).
 */

#ifndef WARDLINE_H
#define WARDLINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(WARDLINE_FREESTANDING)
#define WARDLINE_HOSTED 1
#if !defined(WARDLINE_READER_ONLY)
#define WARDLINE_COMPILER 1
#endif
#endif

/**
 * An enforcer that can only report.
 */
#define WARDLINE_CAPABILITIES_NONE 1

/**
 * No rule.
 */
#define WARDLINE_NO_RULE UINT32_MAX

/**
 * The version of the binary interface that this header describes. It grows with every
 * change that a compiled program would notice; the shared library's name has the
 * same number.
 */
#define WARDLINE_ABI_VERSION 0

/**
 * What became of a call. Numbers are never reused.
 */
enum wardline_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Done; results are written.
   */
  WARDLINE_STATUS_OK = 0,
  /**
   * A pointer is NULL that must not be, or bytes are NULL but not empty.
   */
  WARDLINE_STATUS_NULL_ARGUMENT = 1,
  /**
   * A handle is live, but of another kind.
   */
  WARDLINE_STATUS_WRONG_HANDLE = 2,
  /**
   * A struct's `size` is not the one this library knows: it was not
   * set, or the program was compiled with the header of another version.
   */
  WARDLINE_STATUS_WRONG_SIZE = 3,
  /**
   * A number is none of those that the parameter knows, a size is one that no
   * object has, or a text that must be UTF-8 is not.
   */
  WARDLINE_STATUS_INVALID_ARGUMENT = 4,
  /**
   * The result does not fit; the length that is needed was written.
   */
  WARDLINE_STATUS_BUFFER_TOO_SMALL = 5,
  /**
   * There is no such rule, policy, diagnostic or actor.
   */
  WARDLINE_STATUS_NOT_FOUND = 6,
  /**
   * A file cannot be read.
   */
  WARDLINE_STATUS_UNREADABLE = 7,
  /**
   * A fault of the library, stopped before it reached the caller. Please
   * report it.
   */
  WARDLINE_STATUS_INTERNAL = 8,
  /**
   * Without the standard library: a target has more pairs than there is
   * room for, or another thread uses the state.
   */
  WARDLINE_STATUS_BUSY = 9,
  /**
   * The bytes are no bundle at all.
   */
  WARDLINE_STATUS_NOT_A_BUNDLE = 10,
  /**
   * The bundle has another format than this library reads.
   */
  WARDLINE_STATUS_VERSION = 11,
  /**
   * The bundle was cut short or has something appended.
   */
  WARDLINE_STATUS_LENGTH = 12,
  /**
   * The bundle changed since it was written.
   */
  WARDLINE_STATUS_CHECKSUM = 13,
  /**
   * The bundle is for a platform this library does not know.
   */
  WARDLINE_STATUS_PLATFORM = 14,
  /**
   * The bundle's directory is damaged.
   */
  WARDLINE_STATUS_DIRECTORY = 15,
  /**
   * The bundle needs a section that this library does not know.
   */
  WARDLINE_STATUS_SECTION = 16,
  /**
   * Some policy has a scope, but the binding has no target.
   */
  WARDLINE_STATUS_TARGET_MISSING = 17,
  /**
   * A volume of the binding is not a device and a drive.
   */
  WARDLINE_STATUS_VOLUME = 18,
  /**
   * The bundle needs an upper-case table that this library does not have.
   */
  WARDLINE_STATUS_UPPER_CASE = 19,
  /**
   * The bundle is refused for a reason of its own; see the message.
   */
  WARDLINE_STATUS_LOAD = 20,
  /**
   * A policy is refused; the diagnostics say why.
   */
  WARDLINE_STATUS_REFUSED = 30,
  /**
   * Too few bytes for a state.
   */
  WARDLINE_STATUS_STATE_TOO_SMALL = 40,
  /**
   * The bytes are no saved state.
   */
  WARDLINE_STATUS_NOT_A_STATE = 41,
  /**
   * Saved by a build with another format of states.
   */
  WARDLINE_STATUS_STATE_VERSION = 42,
  /**
   * The saved state was cut short or changed.
   */
  WARDLINE_STATUS_STATE_DAMAGED = 43,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_status wardline_status;
#else
typedef uint32_t wardline_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is done to an account.
 */
enum wardline_account_operation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It comes into being.
   */
  WARDLINE_ACCOUNT_OPERATION_CREATE = 1,
  /**
   * It is removed.
   */
  WARDLINE_ACCOUNT_OPERATION_DELETE = 2,
  /**
   * It changes.
   */
  WARDLINE_ACCOUNT_OPERATION_MODIFY = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_account_operation wardline_account_operation;
#else
typedef uint32_t wardline_account_operation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What to do, from weakest to strongest.
 */
enum wardline_action
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Let it happen.
   */
  WARDLINE_ACTION_ALLOW = 1,
  /**
   * Let it happen and report it.
   */
  WARDLINE_ACTION_AUDIT = 2,
  /**
   * Prevent it and report it.
   */
  WARDLINE_ACTION_BLOCK = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_action wardline_action;
#else
typedef uint32_t wardline_action;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is known of somebody who is quarantined.
 */
enum wardline_actor_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing: every event whose actor is not known.
   */
  WARDLINE_ACTOR_KIND_UNKNOWN = 1,
  /**
   * A process, by its id.
   */
  WARDLINE_ACTOR_KIND_PROCESS = 2,
  /**
   * A program, by its path.
   */
  WARDLINE_ACTOR_KIND_PROGRAM = 3,
  /**
   * A network address.
   */
  WARDLINE_ACTOR_KIND_SOURCE = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_actor_kind wardline_actor_kind;
#else
typedef uint32_t wardline_actor_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an address is given as.
 */
enum wardline_address_form
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The first four of `bytes`, in network order.
   */
  WARDLINE_ADDRESS_FORM_V4 = 1,
  /**
   * `bytes`, in network order.
   */
  WARDLINE_ADDRESS_FORM_V6 = 2,
  /**
   * `text`: dotted decimal without leading zeros, or RFC 4291.
   */
  WARDLINE_ADDRESS_FORM_TEXT = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_address_form wardline_address_form;
#else
typedef uint32_t wardline_address_form;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * One protection inside a policy. Numbers are never reused.
 */
enum wardline_control
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Names, addresses and programs of mining pools.
   */
  WARDLINE_CONTROL_BLOCK_CRYPTOCURRENCY_MINING = 1,
  /**
   * Names and addresses on reputation lists.
   */
  WARDLINE_CONTROL_DNS_IP_REPUTATION = 2,
  /**
   * Too many failed logins.
   */
  WARDLINE_CONTROL_BRUTE_FORCE_LOGIN_DETECTION = 3,
  /**
   * Files that nobody may touch.
   */
  WARDLINE_CONTROL_FILE_BLOCK = 4,
  /**
   * Files whose use is reported.
   */
  WARDLINE_CONTROL_FILE_INTEGRITY_MONITORING = 5,
  /**
   * Activity recorded for later investigation.
   */
  WARDLINE_CONTROL_FORENSICS = 6,
  /**
   * Who may log in.
   */
  WARDLINE_CONTROL_OS_USERS_AND_GROUPS_ALLOWED = 7,
  /**
   * Who may not log in.
   */
  WARDLINE_CONTROL_OS_USERS_AND_GROUPS_BLOCKED = 8,
  /**
   * What to do with malware.
   */
  WARDLINE_CONTROL_REALTIME_MALWARE_PROTECTION = 9,
  /**
   * Changes to clock, services and audit logs.
   */
  WARDLINE_CONTROL_SYSTEM_INTEGRITY_MONITORING = 10,
  /**
   * Registry keys whose use is reported.
   */
  WARDLINE_CONTROL_WINDOWS_REGISTRY_MONITORING = 11,
  /**
   * Registry keys that may not change.
   */
  WARDLINE_CONTROL_WINDOWS_REGISTRY_PROTECTION = 12,
  /**
   * Programs run from a scratch directory.
   */
  WARDLINE_CONTROL_BLOCK_MALICIOUS_EXECUTABLES = 13,
  /**
   * Programs that may not run.
   */
  WARDLINE_CONTROL_EXECUTABLES_BLOCKED = 14,
  /**
   * The only programs that may run.
   */
  WARDLINE_CONTROL_EXECUTABLES_ALLOWED = 15,
  /**
   * Files that may only be read and run.
   */
  WARDLINE_CONTROL_READ_ONLY_FILES = 16,
  /**
   * Programs without a file.
   */
  WARDLINE_CONTROL_FILELESS_EXECUTION_BLOCK = 17,
  /**
   * Names, networks and ports that may not be used.
   */
  WARDLINE_CONTROL_NETWORK_BLOCK = 18,
  /**
   * Shells whose terminal is a socket.
   */
  WARDLINE_CONTROL_REVERSE_SHELL_BLOCK = 19,
  /**
   * One source trying many ports or hosts.
   */
  WARDLINE_CONTROL_PORT_SCAN_DETECTION = 20,
  /**
   * Decoys that nobody has a reason to touch.
   */
  WARDLINE_CONTROL_HONEYPOT = 21,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_control wardline_control;
#else
typedef uint32_t wardline_control;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The direction of network activity.
 */
enum wardline_direction
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A connection is made to a peer.
   */
  WARDLINE_DIRECTION_OUTBOUND = 1,
  /**
   * A connection is accepted from a peer.
   */
  WARDLINE_DIRECTION_INBOUND = 2,
  /**
   * A local address is bound for accepting.
   */
  WARDLINE_DIRECTION_LISTEN = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_direction wardline_direction;
#else
typedef uint32_t wardline_direction;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How far a policy or control is enforced, given mode, cap and
 * capabilities. One that only reports is enforced fully where it applies.
 */
enum wardline_enforcement
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Every rule that may block can.
   */
  WARDLINE_ENFORCEMENT_FULL = 1,
  /**
   * Some rules that may block cannot: the enforcer is not able to.
   */
  WARDLINE_ENFORCEMENT_PARTIAL = 2,
  /**
   * It only reports.
   */
  WARDLINE_ENFORCEMENT_NONE = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_enforcement wardline_enforcement;
#else
typedef uint32_t wardline_enforcement;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A fact that may be unknown.
 */
enum wardline_fact
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is not known, or not yet.
   */
  WARDLINE_FACT_UNKNOWN = 0,
  /**
   * It is so.
   */
  WARDLINE_FACT_YES = 1,
  /**
   * It is not so.
   */
  WARDLINE_FACT_NO = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_fact wardline_fact;
#else
typedef uint32_t wardline_fact;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an event that cannot be understood comes to.
 */
enum wardline_fail
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Block where a policy enforces a control on that kind of event,
   * audit elsewhere.
   */
  WARDLINE_FAIL_CLOSED = 1,
  /**
   * Audit.
   */
  WARDLINE_FAIL_OPEN = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_fail wardline_fail;
#else
typedef uint32_t wardline_fail;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is done to a file.
 */
enum wardline_file_operation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Its contents or entries are read.
   */
  WARDLINE_FILE_OPERATION_READ = 1,
  /**
   * It comes into being.
   */
  WARDLINE_FILE_OPERATION_CREATE = 2,
  /**
   * Its contents change (`truncate` is accepted in events).
   */
  WARDLINE_FILE_OPERATION_MODIFY = 3,
  /**
   * It is removed.
   */
  WARDLINE_FILE_OPERATION_DELETE = 4,
  /**
   * It gets the name `target`: delete and modify of `path`, create and
   * modify of `target`.
   */
  WARDLINE_FILE_OPERATION_RENAME = 5,
  /**
   * It gets the further name `target`: attributes and modify of `path`,
   * create of `target`.
   */
  WARDLINE_FILE_OPERATION_LINK = 6,
  /**
   * Owner, permissions, times or extended attributes change (`chmod`,
   * `chown`, `utime`, `setxattr` are accepted in events).
   */
  WARDLINE_FILE_OPERATION_ATTRIBUTES = 7,
  /**
   * It is mapped or run as a program.
   */
  WARDLINE_FILE_OPERATION_EXECUTE = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_file_operation wardline_file_operation;
#else
typedef uint32_t wardline_file_operation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

#if defined(WARDLINE_COMPILER)
/**
 * How a policy is written.
 */
enum wardline_format
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
#if defined(WARDLINE_COMPILER)
  /**
   * JSON if the name ends in `.json`, else YAML.
   */
  WARDLINE_FORMAT_BY_NAME = 0,
#endif
#if defined(WARDLINE_COMPILER)
  /**
   * YAML.
   */
  WARDLINE_FORMAT_YAML = 1,
#endif
#if defined(WARDLINE_COMPILER)
  /**
   * JSON.
   */
  WARDLINE_FORMAT_JSON = 2,
#endif
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_format wardline_format;
#else
typedef uint32_t wardline_format;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus
#endif

/**
 * What made an event invalid.
 */
enum wardline_invalid
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Not an event at all: not JSON, or not an object.
   */
  WARDLINE_INVALID_NOT_AN_EVENT = 1,
  /**
   * A kind no build or no platform knows.
   */
  WARDLINE_INVALID_UNKNOWN_KIND = 2,
  /**
   * A value outside the field's vocabulary, such as an operation.
   */
  WARDLINE_INVALID_UNKNOWN_VALUE = 3,
  /**
   * A field this kind does not have: perhaps a misspelt one.
   */
  WARDLINE_INVALID_UNKNOWN_FIELD = 4,
  /**
   * The same field twice.
   */
  WARDLINE_INVALID_DUPLICATE_FIELD = 5,
  /**
   * A required field is missing.
   */
  WARDLINE_INVALID_MISSING_FIELD = 6,
  /**
   * A field has the wrong type or is out of range.
   */
  WARDLINE_INVALID_FIELD_TYPE = 7,
  /**
   * An empty path.
   */
  WARDLINE_INVALID_PATH_EMPTY = 16,
  /**
   * A NUL byte in a path.
   */
  WARDLINE_INVALID_PATH_NUL = 17,
  /**
   * A `..` component, which may lead anywhere through a symbolic link.
   */
  WARDLINE_INVALID_PATH_DOT_DOT = 18,
  /**
   * A relative path without an absolute `cwd` or `dirfd_path`.
   */
  WARDLINE_INVALID_PATH_RELATIVE = 19,
  /**
   * The path was cut off.
   */
  WARDLINE_INVALID_PATH_TRUNCATED = 20,
  /**
   * Longer than 64 KiB.
   */
  WARDLINE_INVALID_PATH_TOO_LONG = 21,
  /**
   * A magic link such as `/proc/self/root` or `/dev/fd/3`, which names
   * another object.
   */
  WARDLINE_INVALID_PATH_MAGIC_LINK = 22,
  /**
   * A character no Windows path may hold.
   */
  WARDLINE_INVALID_PATH_CHARACTER = 23,
  /**
   * A Windows device name such as `CON`.
   */
  WARDLINE_INVALID_PATH_DEVICE = 24,
  /**
   * An 8.3 name, which names another object.
   */
  WARDLINE_INVALID_PATH_SHORT_NAME = 25,
  /**
   * A device, volume or `GLOBALROOT` path without a volume map.
   */
  WARDLINE_INVALID_PATH_VOLUME = 26,
  /**
   * A Windows path that another view redirects (`Sysnative`, `D$`).
   */
  WARDLINE_INVALID_PATH_REDIRECTED = 27,
  /**
   * A registry key below no known hive.
   */
  WARDLINE_INVALID_REGISTRY_HIVE = 32,
  /**
   * Not an IP address.
   */
  WARDLINE_INVALID_ADDRESS = 33,
  /**
   * Not a domain name.
   */
  WARDLINE_INVALID_DOMAIN = 34,
  /**
   * An empty user or group name, or one with a NUL byte.
   */
  WARDLINE_INVALID_PRINCIPAL_NAME = 35,
  /**
   * A user or group id outside 0 to 4294967294.
   */
  WARDLINE_INVALID_PRINCIPAL_ID = 36,
  /**
   * Not a Windows security identifier.
   */
  WARDLINE_INVALID_PRINCIPAL_SID = 37,
  /**
   * The group list is incomplete and the missing ones could matter.
   */
  WARDLINE_INVALID_GROUPS_INCOMPLETE = 38,
  /**
   * Not 64 hexadecimal digits.
   */
  WARDLINE_INVALID_SHA256 = 39,
  /**
   * The time is missing or out of range and a rule needs it.
   */
  WARDLINE_INVALID_TIME = 40,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_invalid wardline_invalid;
#else
typedef uint32_t wardline_invalid;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The kinds of events, and which member of an event says what happens.
 */
enum wardline_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * `of.file`: `wardline_file`.
   */
  WARDLINE_KIND_FILE = 1,
  /**
   * `of.exec`: `wardline_exec`.
   */
  WARDLINE_KIND_EXEC = 2,
  /**
   * `of.network`: `wardline_network`.
   */
  WARDLINE_KIND_NETWORK = 3,
  /**
   * `of.dns`: `wardline_dns`.
   */
  WARDLINE_KIND_DNS = 4,
  /**
   * `of.login`: `wardline_login`.
   */
  WARDLINE_KIND_LOGIN = 5,
  /**
   * `of.account`: `wardline_account`.
   */
  WARDLINE_KIND_ACCOUNT = 6,
  /**
   * `of.registry`: `wardline_registry`.
   */
  WARDLINE_KIND_REGISTRY = 7,
  /**
   * `of.system`: `wardline_system`.
   */
  WARDLINE_KIND_SYSTEM = 8,
  /**
   * `of.malware`: `wardline_malware`.
   */
  WARDLINE_KIND_MALWARE = 9,
  /**
   * `of.credential`: `wardline_credential`.
   */
  WARDLINE_KIND_CREDENTIAL = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_kind wardline_kind;
#else
typedef uint32_t wardline_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a violation comes to.
 */
enum wardline_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is reported.
   */
  WARDLINE_MODE_AUDIT = 1,
  /**
   * It is prevented, where the control can.
   */
  WARDLINE_MODE_ENFORCE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_mode wardline_mode;
#else
typedef uint32_t wardline_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a file is read.
 */
enum wardline_open
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Its bytes are copied. What happens to the file afterwards does not matter.
   */
  WARDLINE_OPEN_READ = 0,
  /**
   * It is mapped, so that processes share its memory. Nobody may write to the
   * file while the engine lives: replace it by renaming another over it. If it
   * is cut short in place, the next look beyond its end ends the process with
   * SIGBUS; if bytes change, answers are wrong, and still nothing is read or
   * written outside the map.
   */
  WARDLINE_OPEN_MAP = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_open wardline_open;
#else
typedef uint32_t wardline_open;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The transport protocol.
 */
enum wardline_protocol
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * TCP.
   */
  WARDLINE_PROTOCOL_TCP = 1,
  /**
   * UDP.
   */
  WARDLINE_PROTOCOL_UDP = 2,
  /**
   * ICMP and ICMPv6.
   */
  WARDLINE_PROTOCOL_ICMP = 3,
  /**
   * SCTP.
   */
  WARDLINE_PROTOCOL_SCTP = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_protocol wardline_protocol;
#else
typedef uint32_t wardline_protocol;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why a decision is what it is.
 */
enum wardline_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * No rule matched.
   */
  WARDLINE_REASON_NO_MATCH = 1,
  /**
   * The decision's `rule` matched.
   */
  WARDLINE_REASON_MATCHED = 2,
  /**
   * The actor is quarantined.
   */
  WARDLINE_REASON_QUARANTINED = 3,
  /**
   * The event could not be understood; the fail mode applied, and the
   * decision's `code` says what is wrong.
   */
  WARDLINE_REASON_INVALID_EVENT = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_reason wardline_reason;
#else
typedef uint32_t wardline_reason;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is done in the registry.
 */
enum wardline_registry_operation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A key or value comes into being.
   */
  WARDLINE_REGISTRY_OPERATION_CREATE = 1,
  /**
   * It is read.
   */
  WARDLINE_REGISTRY_OPERATION_READ = 2,
  /**
   * It changes.
   */
  WARDLINE_REGISTRY_OPERATION_MODIFY = 3,
  /**
   * It is removed.
   */
  WARDLINE_REGISTRY_OPERATION_DELETE = 4,
  /**
   * Its security descriptor changes.
   */
  WARDLINE_REGISTRY_OPERATION_ATTRIBUTES = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_registry_operation wardline_registry_operation;
#else
typedef uint32_t wardline_registry_operation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What to do besides the action.
 */
enum wardline_remediation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing.
   */
  WARDLINE_REMEDIATION_NONE = 1,
  /**
   * Delete the file.
   */
  WARDLINE_REMEDIATION_DELETE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_remediation wardline_remediation;
#else
typedef uint32_t wardline_remediation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How grave a policy's violations are. Carried into audit events.
 */
enum wardline_severity
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing to hurry about.
   */
  WARDLINE_SEVERITY_LOW = 1,
  /**
   * The default.
   */
  WARDLINE_SEVERITY_MEDIUM = 2,
  /**
   * Look soon.
   */
  WARDLINE_SEVERITY_HIGH = 3,
  /**
   * Look now.
   */
  WARDLINE_SEVERITY_CRITICAL = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_severity wardline_severity;
#else
typedef uint32_t wardline_severity;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What kind of account.
 */
enum wardline_subject
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A user.
   */
  WARDLINE_SUBJECT_USER = 1,
  /**
   * A group.
   */
  WARDLINE_SUBJECT_GROUP = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_subject wardline_subject;
#else
typedef uint32_t wardline_subject;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What changes in the system.
 */
enum wardline_system_change
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The clock.
   */
  WARDLINE_SYSTEM_CHANGE_TIME_CHANGE = 1,
  /**
   * A service comes into being.
   */
  WARDLINE_SYSTEM_CHANGE_SERVICE_CREATE = 2,
  /**
   * A service is removed.
   */
  WARDLINE_SYSTEM_CHANGE_SERVICE_DELETE = 3,
  /**
   * A service changes.
   */
  WARDLINE_SYSTEM_CHANGE_SERVICE_CHANGE = 4,
  /**
   * An audit log is cleared.
   */
  WARDLINE_SYSTEM_CHANGE_LOG_CLEAR = 5,
  /**
   * An audit log is tampered with or stopped.
   */
  WARDLINE_SYSTEM_CHANGE_LOG_TAMPER = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum wardline_system_change wardline_system_change;
#else
typedef uint32_t wardline_system_change;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What one engine's rules say about a process and its user. Made when a process
 * starts or changes its identity, kept beside it, and given with each of its
 * events, whose cost is then that of its object alone. It does not change; any
 * number of threads may use it. It answers for the engine that made it; another
 * looks at the fields of the event instead.
 */
typedef struct wardline_actor wardline_actor;

#if defined(WARDLINE_COMPILER)
/**
 * What compiling came to: diagnostics, and a bundle if no policy was refused. It
 * does not change; any number of threads may use it.
 */
typedef struct wardline_compiled wardline_compiled;
#endif

/**
 * A bundle that was loaded and bound: it does not change, and any number of
 * threads may use it at once, without a lock. Made by `wardline_engine_load`,
 * `_open` or `_place` or by `wardline_shared_engine`; ended by
 * `wardline_engine_free`.
 */
typedef struct wardline_engine wardline_engine;

#if defined(WARDLINE_HOSTED)
/**
 * An engine that threads use without a lock while others replace it whole. Every
 * decision comes from one engine; its `generation` says which, and never goes
 * back. What was replaced is freed when nobody uses it any more.
 */
typedef struct wardline_shared wardline_shared;
#endif

/**
 * Bounded memory for controls over time: failed logins, who touched a decoy, who
 * tries many ports or hosts. One for the life of the enforcer, over all engines
 * that follow one another. Any number of threads may use it at once: each look-up
 * locks one shard for a short, bounded time. (One that was placed, by
 * `wardline_state_place`, refuses a second thread with `BUSY`.)
 *
 * After a fork the child must not use a state of its parent, whose locks other
 * threads may have held: make a new one, or restore a saved one.
 */
typedef struct wardline_state wardline_state;

/**
 * Bytes of the caller: a path, a name, a whole bundle. They need not be UTF-8
 * nor end with a zero byte. `data` NULL and `length` 0 mean that there is none.
 */
typedef struct {
  /**
   * The first byte, or NULL.
   */
  const void *data;
  /**
   * How many.
   */
  size_t length;
} wardline_bytes;

/**
 * An array of the caller. `data` NULL with `count` 0 mean that there is none.
 */
typedef struct {
  /**
   * The first, or NULL.
   */
  const wardline_bytes *data;
  /**
   * How many.
   */
  size_t count;
} wardline_bytes_list;

/**
 * The acting process. Every part may be unknown.
 */
typedef struct {
  /**
   * The path of its program.
   */
  wardline_bytes path;
  /**
   * Its short name; carried, never matched.
   */
  wardline_bytes name;
  /**
   * Its arguments; carried, never matched.
   */
  wardline_bytes_list argv;
  /**
   * Its process id, if `has_pid` is not 0.
   */
  uint32_t pid;
  /**
   * Whether `pid` is known.
   */
  uint32_t has_pid;
} wardline_process;

/**
 * A user or a group, by any of the names that are known.
 */
typedef struct {
  /**
   * The name, `alice` or `DOMAIN\alice`.
   */
  wardline_bytes name;
  /**
   * The Windows security identifier, `S-1-5-…`.
   */
  wardline_bytes sid;
  /**
   * The numeric id, if `has_id` is not 0.
   */
  uint64_t id;
  /**
   * Whether `id` is known.
   */
  uint32_t has_id;
  /**
   * Zero.
   */
  uint32_t reserved;
} wardline_principal;

#if defined(WARDLINE_COMPILER)
/**
 * A policy.
 */
typedef struct {
  /**
   * `sizeof(wardline_source)`.
   */
  uint32_t size;
  /**
   * A `wardline_format`.
   */
  uint32_t format;
  /**
   * What diagnostics call it, UTF-8; a path if `text` is none.
   */
  wardline_bytes name;
  /**
   * Its text. None: the file `name` is read, and the lists that it names, from
   * its directory.
   */
  wardline_bytes text;
} wardline_source;
#endif

#if defined(WARDLINE_COMPILER)
/**
 * The contents of a list.
 */
typedef struct {
  /**
   * `sizeof(wardline_list)`.
   */
  uint32_t size;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * The policy that declares it.
   */
  wardline_bytes policy;
  /**
   * The list's name.
   */
  wardline_bytes name;
  /**
   * Its lines.
   */
  wardline_bytes text;
} wardline_list;
#endif

/**
 * Text of the library, UTF-8, without a zero byte at its end. Whose it is, and
 * how long it stays, the function says that gives it.
 */
typedef struct {
  /**
   * The first byte; never NULL.
   */
  const char *data;
  /**
   * How many bytes.
   */
  size_t length;
} wardline_text;

#if defined(WARDLINE_COMPILER)
/**
 * What is wrong with a policy, and where. Texts belong to the handle that it is of.
 */
typedef struct {
  /**
   * `sizeof(wardline_diagnostic)`.
   */
  uint32_t size;
  /**
   * Whether it refuses the policy; otherwise it is a warning.
   */
  uint32_t is_error;
  /**
   * From 1.
   */
  uint32_t line;
  /**
   * From 1, in characters.
   */
  uint32_t column;
  /**
   * In characters.
   */
  uint32_t length;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * What kind of thing; codes are stable.
   */
  wardline_text code;
  /**
   * What is wrong here.
   */
  wardline_text message;
  /**
   * The name of the policy's source.
   */
  wardline_text file;
  /**
   * Which field, such as `controls.file_block.paths[0]`.
   */
  wardline_text field;
  /**
   * What may stand there, or empty.
   */
  wardline_text expected;
  /**
   * What to do about it, or empty.
   */
  wardline_text help;
  /**
   * Where the repository explains the code, such as `docs/errors.md#unknown-key`,
   * or empty.
   */
  wardline_text url;
  /**
   * All of it on one line.
   */
  wardline_text text;
} wardline_diagnostic;
#endif

/**
 * An array of the caller. `data` NULL with `count` 0 mean that there is none.
 */
typedef struct {
  /**
   * The first, or NULL.
   */
  const wardline_principal *data;
  /**
   * How many.
   */
  size_t count;
} wardline_principal_list;

/**
 * What relative paths start from, and the process's own root.
 */
typedef struct {
  /**
   * The working directory.
   */
  wardline_bytes cwd;
  /**
   * The directory behind a `dirfd` argument; wins over `cwd`.
   */
  wardline_bytes dirfd_path;
  /**
   * The process's root directory.
   */
  wardline_bytes root;
} wardline_base;

/**
 * A file access.
 */
typedef struct {
  /**
   * A `wardline_file_operation`.
   */
  uint32_t operation;
  /**
   * Permission bits after the operation, if `has_mode` is not 0.
   */
  uint32_t mode;
  /**
   * The real object: symbolic links resolved. Required.
   */
  wardline_bytes path;
  /**
   * The second name; required for a rename and a link.
   */
  wardline_bytes target;
  /**
   * The name the process used, if it is another than `path`.
   */
  wardline_bytes requested;
  /**
   * Further names of the same object.
   */
  wardline_bytes_list aliases;
  /**
   * What relative paths start from.
   */
  wardline_base base;
  /**
   * Whether `mode` is known.
   */
  uint8_t has_mode;
  /**
   * `path` was cut off by whoever reported it.
   */
  uint8_t truncated;
  /**
   * The kernel appended ` (deleted)` to `path`.
   */
  uint8_t deleted;
} wardline_file;

/**
 * An IP address.
 */
typedef struct {
  /**
   * A `wardline_address_form`, or 0 if there is no address.
   */
  uint32_t form;
  /**
   * The address in network order.
   */
  uint8_t bytes[16];
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * The address as text.
   */
  wardline_bytes text;
} wardline_address;

/**
 * A program about to be run.
 */
typedef struct {
  /**
   * The real path of the image; `memfd:name` if it has no file. Required.
   */
  wardline_bytes path;
  /**
   * The name the process used, if it is another than `path`.
   */
  wardline_bytes requested;
  /**
   * Further names of the same file.
   */
  wardline_bytes_list aliases;
  /**
   * The arguments.
   */
  wardline_bytes_list argv;
  /**
   * What relative paths start from.
   */
  wardline_base base;
  /**
   * The script that `path` interprets.
   */
  wardline_bytes script;
  /**
   * The image's SHA-256 in hexadecimal.
   */
  wardline_bytes sha256;
  /**
   * The peer of `stdio_socket`.
   */
  wardline_address ip;
  /**
   * The image is an anonymous memory file.
   */
  uint8_t memfd;
  /**
   * `path` was cut off by whoever reported it.
   */
  uint8_t truncated;
  /**
   * The kernel appended ` (deleted)` to `path`.
   */
  uint8_t deleted;
  /**
   * Standard input or output is a network socket.
   */
  uint8_t stdio_socket;
} wardline_exec;

/**
 * A connection. `ip`, `domain` or both are required.
 */
typedef struct {
  /**
   * A `wardline_direction`. Required.
   */
  uint32_t direction;
  /**
   * A `wardline_protocol`, or 0 if it is not known.
   */
  uint32_t protocol;
  /**
   * The peer; for listen, the bound address.
   */
  wardline_address ip;
  /**
   * The name that was connected to.
   */
  wardline_bytes domain;
  /**
   * The port of the service side, if `has_port` is not 0.
   */
  uint16_t port;
  /**
   * Whether `port` is known.
   */
  uint8_t has_port;
} wardline_network;

/**
 * An array of the caller. `data` NULL with `count` 0 mean that there is none.
 */
typedef struct {
  /**
   * The first, or NULL.
   */
  const wardline_address *data;
  /**
   * How many.
   */
  size_t count;
} wardline_address_list;

/**
 * A name look-up.
 */
typedef struct {
  /**
   * The name asked for. Required.
   */
  wardline_bytes name;
  /**
   * The addresses answered.
   */
  wardline_address_list answers;
  /**
   * The CNAME chain answered.
   */
  wardline_bytes_list cnames;
} wardline_dns;

/**
 * A login of the event's `user` with its `groups`.
 */
typedef struct {
  /**
   * Where from.
   */
  wardline_address source;
  /**
   * A `wardline_fact`: the outcome; unknown while it is being decided.
   */
  uint32_t success;
  /**
   * A `wardline_fact`: the event's `groups` are all there are. Unknown: they
   * are if they are given.
   */
  uint32_t groups_complete;
} wardline_login;

/**
 * A change to a user or group.
 */
typedef struct {
  /**
   * A `wardline_subject`. Required.
   */
  uint32_t subject;
  /**
   * A `wardline_account_operation`. Required.
   */
  uint32_t operation;
  /**
   * Its name. Required.
   */
  wardline_bytes name;
} wardline_account;

/**
 * A registry access.
 */
typedef struct {
  /**
   * A `wardline_registry_operation`. Required.
   */
  uint32_t operation;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * The key. Required.
   */
  wardline_bytes key;
  /**
   * The value, where one is accessed; not NULL but empty is the default value.
   */
  wardline_bytes value;
} wardline_registry;

/**
 * A change to the system itself.
 */
typedef struct {
  /**
   * A `wardline_system_change`. Required.
   */
  uint32_t what;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * Of which service or log.
   */
  wardline_bytes name;
} wardline_system;

/**
 * A scanner's finding.
 */
typedef struct {
  /**
   * The infected file. Required.
   */
  wardline_bytes path;
  /**
   * What was found.
   */
  wardline_bytes signature;
} wardline_malware;

/**
 * A secret is read or used. `name`, `id` or both are required.
 */
typedef struct {
  /**
   * The environment variable that was read.
   */
  wardline_bytes name;
  /**
   * The key that was used.
   */
  wardline_bytes id;
} wardline_credential;

/**
 * What happens: the member that `kind` of the event names.
 */
typedef union {
  /**
   * `WARDLINE_KIND_FILE`.
   */
  wardline_file file;
  /**
   * `WARDLINE_KIND_EXEC`.
   */
  wardline_exec exec;
  /**
   * `WARDLINE_KIND_NETWORK`.
   */
  wardline_network network;
  /**
   * `WARDLINE_KIND_DNS`.
   */
  wardline_dns dns;
  /**
   * `WARDLINE_KIND_LOGIN`.
   */
  wardline_login login;
  /**
   * `WARDLINE_KIND_ACCOUNT`.
   */
  wardline_account account;
  /**
   * `WARDLINE_KIND_REGISTRY`.
   */
  wardline_registry registry;
  /**
   * `WARDLINE_KIND_SYSTEM`.
   */
  wardline_system system;
  /**
   * `WARDLINE_KIND_MALWARE`.
   */
  wardline_malware malware;
  /**
   * `WARDLINE_KIND_CREDENTIAL`.
   */
  wardline_credential credential;
} wardline_activity;

/**
 * One activity to decide about. Make it with `wardline_event_of`, which sets
 * everything to zero but `size` and `kind`, then fill in what is known.
 *
 * It borrows: what it points to must stay as it is during the call. An event that
 * cannot be understood is no error of the call: its decision has the reason
 * `WARDLINE_REASON_INVALID_EVENT`.
 */
typedef struct {
  /**
   * `sizeof(wardline_event)`.
   */
  uint32_t size;
  /**
   * A `wardline_kind`; any other is an invalid event.
   */
  uint32_t kind;
  /**
   * Milliseconds since the Unix epoch, if `has_time` is not 0.
   */
  uint64_t time;
  /**
   * Whether `time` is known.
   */
  uint32_t has_time;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * Who acts. For an exec, the program that calls exec.
   */
  wardline_process process;
  /**
   * The effective identity of the access.
   */
  wardline_principal user;
  /**
   * The groups of `user`.
   */
  wardline_principal_list groups;
  /**
   * What `wardline_engine_actor` found out about the three, or NULL.
   */
  const wardline_actor *actor;
  /**
   * What happens: the member of the kind.
   */
  wardline_activity of;
} wardline_event;

/**
 * The answer to one event. `wardline_decision_none()` makes one with its `size`.
 *
 * `action` is never 0 after a call that answered `WARDLINE_STATUS_OK`; no other
 * call writes anything.
 */
typedef struct {
  /**
   * `sizeof(wardline_decision)`.
   */
  uint32_t size;
  /**
   * A `wardline_action`: what to do now.
   */
  uint32_t action;
  /**
   * A `wardline_action`: what it would be if every policy enforced.
   */
  uint32_t intent;
  /**
   * A `wardline_reason`.
   */
  uint32_t reason;
  /**
   * A `wardline_invalid` if the event was invalid, else 0.
   */
  uint32_t code;
  /**
   * The rule that won, or `WARDLINE_NO_RULE`.
   */
  uint32_t rule;
  /**
   * How many rules matched.
   */
  uint32_t matched;
  /**
   * A `wardline_remediation`: what to do besides.
   */
  uint32_t remediation;
  /**
   * Whether the state was full, so that something less dangerous was forgotten.
   */
  uint32_t overload;
  /**
   * The rule of a control over time that has something to report beside the
   * decision, or `WARDLINE_NO_RULE`.
   */
  uint32_t alert_rule;
  /**
   * Failed logins since the last alert, or ports or hosts within the window.
   */
  uint32_t alert_count;
  /**
   * The distinct users of the source or sources of the user; 5 is five or more.
   */
  uint32_t alert_others;
  /**
   * Whether every rule that matched is over its policy's throttle, so that the
   * audit need not be reported. A block never is.
   */
  uint32_t suppressed;
  /**
   * How many suppressed audits this decision stands for besides.
   */
  uint32_t suppressed_before;
  /**
   * Which engine decided, for those that are replaced while running.
   */
  uint64_t generation;
} wardline_decision;

/**
 * A name and a value, UTF-8: an attribute of a target, or a device and the drive
 * it is.
 */
typedef struct {
  /**
   * Such as `host.name`, or `\Device\HarddiskVolume2`.
   */
  wardline_bytes name;
  /**
   * Such as `web-1`, or `C:`.
   */
  wardline_bytes value;
} wardline_pair;

/**
 * An array of the caller. `data` NULL with `count` 0 mean that there is none.
 */
typedef struct {
  /**
   * The first, or NULL.
   */
  const wardline_pair *data;
  /**
   * How many.
   */
  size_t count;
} wardline_pair_list;

/**
 * Where a bundle is used and how strictly. `wardline_binding_default()` makes one
 * that is strict; a NULL binding is the same.
 */
typedef struct {
  /**
   * `sizeof(wardline_binding)`.
   */
  uint32_t size;
  /**
   * A `wardline_fail`; 0 is closed.
   */
  uint32_t fail;
  /**
   * A `wardline_mode`, the strongest that is used; 0 is enforce.
   */
  uint32_t mode_cap;
  /**
   * The kinds of events that this enforcer can prevent, as bits
   * `1u << WARDLINE_KIND_…`; 0 is all, `WARDLINE_CAPABILITIES_NONE` is none. They
   * decide nothing; the status compares them with what the policies ask for.
   */
  uint32_t capabilities;
  /**
   * The attributes that scopes are tested on. NULL is no target; then a bundle
   * with scopes does not load.
   */
  wardline_pair_list target;
  /**
   * Which drive a device or volume is, on Windows.
   */
  wardline_pair_list volumes;
  /**
   * Copied into every decision; of a shared engine not used.
   */
  uint64_t generation;
} wardline_binding;

/**
 * What an engine is.
 */
typedef struct {
  /**
   * The bundle's checksum, which names it in reports.
   */
  uint64_t bundle_hash;
  /**
   * Which engine this is among those that follow one another.
   */
  uint64_t generation;
  /**
   * How many rules it has; they are numbered from 0.
   */
  uint32_t rules;
  /**
   * Whether its paths are those of Windows, not of Linux.
   */
  uint32_t windows;
  /**
   * Whether some control counts over time, so that decisions need a state.
   */
  uint32_t needs_state;
  /**
   * Zero.
   */
  uint32_t reserved;
} wardline_engine_info;

/**
 * What a rule is. Texts belong to the engine and stay until it is freed.
 */
typedef struct {
  /**
   * `sizeof(wardline_rule)`.
   */
  uint32_t size;
  /**
   * A `wardline_control`.
   */
  uint32_t control;
  /**
   * A `wardline_kind`.
   */
  uint32_t kind;
  /**
   * A `wardline_severity`.
   */
  uint32_t severity;
  /**
   * A `wardline_mode`: that of the policy.
   */
  uint32_t mode;
  /**
   * The control may block, not only report.
   */
  uint32_t can_block;
  /**
   * The policy wants arguments kept in audit events.
   */
  uint32_t keeps_arguments;
  /**
   * The policy is for functions, not for hosts.
   */
  uint32_t for_function;
  /**
   * The policy's name.
   */
  wardline_text policy;
  /**
   * The control's name.
   */
  wardline_text control_name;
  /**
   * What a match means.
   */
  wardline_text message;
} wardline_rule;

/**
 * What became of a policy when the bundle was bound.
 */
typedef struct {
  /**
   * `sizeof(wardline_policy_status)`.
   */
  uint32_t size;
  /**
   * A `wardline_mode`, before any cap.
   */
  uint32_t mode;
  /**
   * A `wardline_enforcement`: how far it is enforced here.
   */
  uint32_t enforcement;
  /**
   * It applies to this target.
   */
  uint32_t applies;
  /**
   * It applies only because an attribute is missing that would decide.
   */
  uint32_t undecided;
  /**
   * It is the default policy of its kind.
   */
  uint32_t is_default;
  /**
   * Since when it enforces by itself, in milliseconds since the Unix epoch;
   * `UINT64_MAX` for never.
   */
  uint64_t enforce_after;
  /**
   * The policy's name; it belongs to the engine.
   */
  wardline_text policy;
} wardline_policy_status;

/**
 * How far one control of a policy is enforced.
 */
typedef struct {
  /**
   * `sizeof(wardline_control_status)`.
   */
  uint32_t size;
  /**
   * A `wardline_control`.
   */
  uint32_t control;
  /**
   * A `wardline_enforcement`: how far it is enforced here.
   */
  uint32_t enforcement;
  /**
   * The kinds of events that it would block, but the enforcer cannot, as bits
   * `1u << WARDLINE_KIND_…`.
   */
  uint32_t lacking;
  /**
   * The policy's name; it belongs to the engine.
   */
  wardline_text policy;
} wardline_control_status;

/**
 * How much a state remembers.
 */
typedef struct {
  /**
   * Keys that are remembered.
   */
  uint64_t entries;
  /**
   * How often something was forgotten that was worth keeping.
   */
  uint64_t forgotten;
  /**
   * Audits that throttles suppressed and that no decision has told of yet.
   */
  uint64_t suppressed;
} wardline_state_info;

/**
 * Somebody who is quarantined.
 */
typedef struct {
  /**
   * `sizeof(wardline_quarantine)`.
   */
  uint32_t size;
  /**
   * A `wardline_actor_kind`.
   */
  uint32_t kind;
  /**
   * The process, if it is one.
   */
  uint32_t pid;
  /**
   * How many bytes of `text` there are.
   */
  uint32_t text_length;
  /**
   * Names the entry, for `wardline_state_release`.
   */
  uint8_t id[16];
  /**
   * Since when, in milliseconds since the Unix epoch; `UINT64_MAX` if that is not
   * known.
   */
  uint64_t since;
  /**
   * For how many milliseconds; `UINT64_MAX` until released.
   */
  uint64_t duration;
  /**
   * The path or address; of a long path the first bytes.
   */
  uint8_t text[200];
} wardline_quarantine;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

#if defined(WARDLINE_HOSTED)
/**
 * Finds out what the rules say about a process, its user and the user's groups.
 *
 * The events it is given with must have the same process, user and groups. What
 * `process` and `user` point to is not kept; `groups` may be NULL with count 0.
 * `*out` is written on `WARDLINE_STATUS_OK` only: a handle to be freed with
 * `wardline_actor_free`. Any thread.
 *
 * Errors: `NULL_ARGUMENT`, `WRONG_HANDLE`; `INVALID_ARGUMENT` where a number is
 * given without its `has_…`.
 */
wardline_status wardline_engine_actor(const wardline_engine *engine,
                                      const wardline_process *of,
                                      const wardline_principal *user,
                                      const wardline_principal *groups,
                                      size_t group_count,
                                      wardline_actor **out);
#endif

/**
 * How much memory `wardline_engine_actor_place` needs, in bytes. Any thread.
 */
size_t wardline_actor_size(void);

/**
 * As `wardline_engine_actor`, in memory of the caller's: nothing is allocated.
 *
 * `memory` has `size` bytes, at least `wardline_actor_size()`, aligned to 16
 * (else `BUFFER_TOO_SMALL`), and belongs to the actor until
 * `wardline_actor_free`, which frees no memory.
 */
wardline_status wardline_engine_actor_place(const wardline_engine *engine,
                                            void *memory,
                                            size_t size,
                                            const wardline_process *of,
                                            const wardline_principal *user,
                                            const wardline_principal *groups,
                                            size_t group_count,
                                            wardline_actor **out);

/**
 * Whether an engine made an actor, so that it is worth giving; otherwise it is time
 * for a new one.
 *
 * `*out` is written, 0 or 1, on `WARDLINE_STATUS_OK` only. Any thread. Errors:
 * `NULL_ARGUMENT`, `WRONG_HANDLE`.
 */
wardline_status wardline_engine_knows(const wardline_engine *engine,
                                      const wardline_actor *actor,
                                      uint32_t *out);

/**
 * Ends an actor; NULL is none. No thread may use it any more.
 *
 * Errors: `WRONG_HANDLE`; then nothing was freed.
 */
wardline_status wardline_actor_free(wardline_actor *actor);

#if defined(WARDLINE_COMPILER)
/**
 * Compiles policies, with the contents of their lists, to one bundle. The bundle
 * is for the platform of the first policy.
 *
 * `sources` has `source_count` elements, `lists` may be NULL with `list_count` 0.
 * Nothing of either is kept. `*out` is written on `WARDLINE_STATUS_OK` *and* on
 * `WARDLINE_STATUS_REFUSED`, which means that some policy has an error: a handle to
 * be freed with `wardline_compiled_free`. Any thread. Takes milliseconds to
 * seconds.
 *
 * Errors: `NULL_ARGUMENT`, `WRONG_SIZE`, `INVALID_ARGUMENT` (a name that is not
 * UTF-8).
 */
wardline_status wardline_compile(const wardline_source *sources,
                                 size_t source_count,
                                 const wardline_list *lists,
                                 size_t list_count,
                                 wardline_compiled **out);
#endif

#if defined(WARDLINE_COMPILER)
/**
 * The bundle, which belongs to `compiled` and stays until it is freed.
 *
 * `*out` is written on `WARDLINE_STATUS_OK` only. Any thread. Errors: `REFUSED` if
 * there is none, `NULL_ARGUMENT`, `WRONG_HANDLE`.
 */
wardline_status wardline_compiled_bundle(const wardline_compiled *compiled,
                                         wardline_bytes *out);
#endif

#if defined(WARDLINE_COMPILER)
/**
 * A diagnostic: `index` counts from 0 in the order of the policies, and `NOT_FOUND`
 * means that there are no more.
 *
 * `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
 * Its texts belong to `compiled`. Any thread. Other errors: `NULL_ARGUMENT`,
 * `WRONG_HANDLE`, `WRONG_SIZE`.
 */
wardline_status wardline_compiled_diagnostic(const wardline_compiled *compiled,
                                             size_t index,
                                             wardline_diagnostic *out);
#endif

#if defined(WARDLINE_COMPILER)
/**
 * Writes the diagnostics as JSON: `{"diagnostics": [{code, severity, message, file,
 * line, column, length, field, expected, help, url, text}]}`, and with a bundle how
 * many `policies` and `bytes` it has.
 *
 * The text goes to `out` and `length` as with `wardline_engine_status`. Any thread.
 * Errors: `BUFFER_TOO_SMALL`, `NULL_ARGUMENT`, `WRONG_HANDLE`, `INVALID_ARGUMENT`.
 */
wardline_status wardline_compiled_json(const wardline_compiled *compiled,
                                       char *out,
                                       size_t capacity,
                                       size_t *length);
#endif

#if defined(WARDLINE_COMPILER)
/**
 * Ends what `wardline_compile` made; NULL is none. Its bundle and diagnostics go
 * with it. No thread may use it any more.
 *
 * Errors: `WRONG_HANDLE`; then nothing was freed.
 */
wardline_status wardline_compiled_free(wardline_compiled *compiled);
#endif

/**
 * Decides one event. O(length of the event), whatever the number of rules; nothing
 * is allocated unless a list of the event is longer than 16 or a domain name has
 * bytes above ASCII.
 *
 * `state` is NULL, or what controls over time remember; the event is then
 * remembered, and the order of events counts. `*out` is written on
 * `WARDLINE_STATUS_OK` only. Any thread.
 *
 * Errors: `NULL_ARGUMENT` – of a pointer, or of bytes in the event that are NULL but
 * not empty –, `WRONG_HANDLE`, `WRONG_SIZE`, `INVALID_ARGUMENT`. The caller decides
 * what an error comes to; to block is safe.
 */
wardline_status wardline_engine_decide(const wardline_engine *engine,
                                       wardline_state *state,
                                       const wardline_event *event,
                                       wardline_decision *out);

/**
 * Decides several events, in their order.
 *
 * `events` and `out` are arrays of `count`; each element has its `size`, which is
 * checked first, so that after an error about sizes nothing was decided. After
 * any other error those before it are decided and `*done`, which may be NULL,
 * says how many. All else is as with `wardline_engine_decide`.
 */
wardline_status wardline_engine_decide_batch(const wardline_engine *engine,
                                             wardline_state *state,
                                             const wardline_event *events,
                                             wardline_decision *out,
                                             size_t count,
                                             size_t *done);

#if defined(WARDLINE_COMPILER)
/**
 * Decides one event that is a JSON object on one line, as `docs/events.md` says.
 *
 * A line that is no event is an invalid event, not an error. Allocates. All else is
 * as with `wardline_engine_decide`.
 */
wardline_status wardline_engine_decide_json(const wardline_engine *engine,
                                            wardline_state *state,
                                            wardline_bytes line,
                                            wardline_decision *out);
#endif

/**
 * Every rule that matches an event, in the order of the bundle.
 *
 * `numbers`, which may be NULL with capacity 0, takes the first `capacity` of
 * them; it must be initialised. `*count`, how many matched, is written on
 * `WARDLINE_STATUS_OK` only. Any thread. Errors are those of
 * `wardline_engine_decide`.
 */
wardline_status wardline_engine_matches(const wardline_engine *engine,
                                        const wardline_event *event,
                                        uint32_t *numbers,
                                        size_t capacity,
                                        size_t *count);

/**
 * Whether a file is worth scanning for malware, given the process that uses it:
 * whether a finding in it would be reported.
 *
 * `of` may be NULL. `*out` is written, 0 or 1, on `WARDLINE_STATUS_OK` only. Any
 * thread. Errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `INVALID_ARGUMENT`.
 */
wardline_status wardline_engine_should_scan(const wardline_engine *engine,
                                            wardline_bytes path,
                                            const wardline_process *of,
                                            uint32_t *out);

#if defined(WARDLINE_HOSTED)
/**
 * Loads a bundle from memory, of which a copy is kept, and evaluates its scopes.
 *
 * `binding` may be NULL. `*out` is written on `WARDLINE_STATUS_OK` only: a handle
 * to be freed with `wardline_engine_free`. Otherwise `message` says what is wrong,
 * cut off to `capacity` bytes with a zero byte at their end; it may be NULL with
 * capacity 0. Any thread.
 *
 * Errors: `NULL_ARGUMENT`, `WRONG_SIZE`, `INVALID_ARGUMENT` of `binding`, and 10 to
 * 20 where the bytes are no bundle that can be bound.
 */
wardline_status wardline_engine_load(wardline_bytes bundle,
                                     const wardline_binding *binding,
                                     wardline_engine **out,
                                     char *message,
                                     size_t capacity);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Loads a bundle from a file.
 *
 * `path` is a path of the operating system; `how` a `wardline_open`. All else is
 * as with `wardline_engine_load`; besides, `UNREADABLE` where the file cannot be
 * opened, read or mapped.
 */
wardline_status wardline_engine_open(wardline_bytes path,
                                     uint32_t how,
                                     const wardline_binding *binding,
                                     wardline_engine **out,
                                     char *message,
                                     size_t capacity);
#endif

/**
 * How much memory `wardline_engine_place` needs, in bytes. Any thread.
 */
size_t wardline_engine_size(void);

/**
 * Loads a bundle that stays where it is, with the engine in memory of the caller's:
 * nothing is allocated.
 *
 * `memory` has `size` bytes, at least `wardline_engine_size()`, aligned to 16
 * (else `BUFFER_TOO_SMALL`). It and `bundle` belong to the engine, which only
 * reads `bundle`, until `wardline_engine_free`, which ends the engine and frees
 * no memory. All else is as with `wardline_engine_load`.
 */
wardline_status wardline_engine_place(void *memory,
                                      size_t size,
                                      wardline_bytes bundle,
                                      const wardline_binding *binding,
                                      wardline_engine **out,
                                      char *message,
                                      size_t capacity);

/**
 * Ends an engine; NULL is none. No thread may use it any more. Actors that it made
 * stay, but say nothing to other engines.
 *
 * Errors: `WRONG_HANDLE`; then nothing was freed.
 */
wardline_status wardline_engine_free(wardline_engine *engine);

/**
 * Says what an engine is. O(number of rules).
 *
 * `*out` is written on `WARDLINE_STATUS_OK` only. Any thread. Errors:
 * `NULL_ARGUMENT`, `WRONG_HANDLE`.
 */
wardline_status wardline_engine_describe(const wardline_engine *engine,
                                         wardline_engine_info *out);

/**
 * What a rule is, by its number.
 *
 * `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
 * Its texts belong to `engine`. Any thread. Errors: `NOT_FOUND`, `NULL_ARGUMENT`,
 * `WRONG_HANDLE`, `WRONG_SIZE`.
 */
wardline_status wardline_engine_rule(const wardline_engine *engine,
                                     uint32_t rule,
                                     wardline_rule *out);

/**
 * A tag of a rule's policy: `index` counts from 0, and `NOT_FOUND` means that there
 * are no more.
 *
 * `*out` is written on `WARDLINE_STATUS_OK` only and belongs to `engine`. Any
 * thread. Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`.
 */
wardline_status wardline_engine_rule_tag(const wardline_engine *engine,
                                         uint32_t rule,
                                         size_t index,
                                         wardline_text *out);

/**
 * The enforcement status of a policy: `index` counts from 0, and `NOT_FOUND` means
 * that there are no more.
 *
 * `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
 * Any thread. Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `WRONG_SIZE`.
 */
wardline_status wardline_engine_policy_status(const wardline_engine *engine,
                                              size_t index,
                                              wardline_policy_status *out);

/**
 * The enforcement status of a control: `index` counts from 0 over all policies, and
 * `NOT_FOUND` means that there are no more.
 *
 * `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK` only.
 * Any thread. Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `WRONG_SIZE`.
 */
wardline_status wardline_engine_control_status(const wardline_engine *engine,
                                               size_t index,
                                               wardline_control_status *out);

/**
 * Writes what is enforced here as one line of JSON: to be reported when an enforcer
 * starts and after each replaced bundle.
 *
 * `target` are the attributes that the engine was bound to, `time` milliseconds
 * since the Unix epoch. The text, with a zero byte at its end, goes to `out`; its
 * length without it to `*length`. On `BUFFER_TOO_SMALL` `*length` says what is
 * needed and the text is cut off; `out` may be NULL with capacity 0. Any thread.
 * Other errors: `NULL_ARGUMENT`, `WRONG_HANDLE`, `INVALID_ARGUMENT`.
 */
wardline_status wardline_engine_status(const wardline_engine *engine,
                                       const wardline_pair *target,
                                       size_t target_count,
                                       uint64_t time,
                                       char *out,
                                       size_t capacity,
                                       size_t *length);

/**
 * Writes why each rule about an event's kind matches it or does not, as one line of
 * JSON: a list of objects with `rule`, `policy`, `control`, `result` (`matches`,
 * `fails`, `undecided`, `over_time`) and what explains it (`entry`, `condition`, `code`,
 * `not_on`).
 *
 * Far slower than deciding. The text goes to `out` and `length` as with
 * `wardline_engine_status`. Any thread. Errors are those of both
 * `wardline_engine_decide` and `wardline_engine_status`.
 */
wardline_status wardline_engine_explain(const wardline_engine *engine,
                                        const wardline_event *event,
                                        char *out,
                                        size_t capacity,
                                        size_t *length);

/**
 * Writes the audit event of a decision as one line of JSON: what happened, what was
 * decided, and the entry of the policy that it was decided by.
 *
 * `decision` is of this engine about this event; one of another generation is
 * `INVALID_ARGUMENT`, because only the engine that gave a rule's number knows the
 * rule. Of a `wardline_shared` take the engine first (`wardline_shared_engine`), and
 * decide and report with it. `target` are the attributes that the engine was bound
 * to; `metadata` is a JSON value that is copied as it is, or none. Arguments and the
 * secrets of decoys are removed where policies do not ask for them. The text goes to
 * `out` and `length` as with `wardline_engine_status`. Any thread. Errors are those
 * of both `wardline_engine_decide` and `wardline_engine_status`.
 */
wardline_status wardline_engine_audit(const wardline_engine *engine,
                                      const wardline_event *event,
                                      const wardline_decision *decision,
                                      const wardline_pair *target,
                                      size_t target_count,
                                      wardline_bytes metadata,
                                      char *out,
                                      size_t capacity,
                                      size_t *length);

#if defined(WARDLINE_COMPILER)
/**
 * `wardline_engine_explain` about an event that is a line of JSON.
 */
wardline_status wardline_engine_explain_json(const wardline_engine *engine,
                                             wardline_bytes line,
                                             char *out,
                                             size_t capacity,
                                             size_t *length);
#endif

#if defined(WARDLINE_COMPILER)
/**
 * `wardline_engine_audit` about an event that is a line of JSON, with the
 * `metadata` it has.
 */
wardline_status wardline_engine_audit_json(const wardline_engine *engine,
                                           wardline_bytes line,
                                           const wardline_decision *decision,
                                           const wardline_pair *target,
                                           size_t target_count,
                                           char *out,
                                           size_t capacity,
                                           size_t *length);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Loads the first engine, generation 1, from memory, of which a copy is kept.
 *
 * `*out` is written on `WARDLINE_STATUS_OK` only: a handle to be freed with
 * `wardline_shared_free`. All else is as with `wardline_engine_load`.
 */
wardline_status wardline_shared_load(wardline_bytes bundle,
                                     const wardline_binding *binding,
                                     wardline_shared **out,
                                     char *message,
                                     size_t capacity);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Loads the first engine, generation 1, from a file; as `wardline_engine_open`, but
 * for the handle, which is to be freed with `wardline_shared_free`.
 */
wardline_status wardline_shared_open(wardline_bytes path,
                                     uint32_t how,
                                     const wardline_binding *binding,
                                     wardline_shared **out,
                                     char *message,
                                     size_t capacity);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Replaces the engine by one of a bundle in memory, of which a copy is kept.
 *
 * `*generation`, the new one, may be NULL. After any error the engine of before
 * stays. Any thread, one replacing at a time; those that decide do not wait. Errors
 * are those of `wardline_engine_load`, and `WRONG_HANDLE`.
 */
wardline_status wardline_shared_replace(wardline_shared *shared,
                                        wardline_bytes bundle,
                                        const wardline_binding *binding,
                                        uint64_t *generation,
                                        char *message,
                                        size_t capacity);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Replaces the engine by one of a bundle in a file: as `wardline_shared_replace`,
 * and as `wardline_engine_open` about the file.
 */
wardline_status wardline_shared_reopen(wardline_shared *shared,
                                       wardline_bytes path,
                                       uint32_t how,
                                       const wardline_binding *binding,
                                       uint64_t *generation,
                                       char *message,
                                       size_t capacity);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * The engine of now, for all that is asked of an engine: it stays as it is when it
 * is replaced, until `wardline_engine_free`.
 *
 * `*out` is written on `WARDLINE_STATUS_OK` only. Allocates a few bytes. Any
 * thread. Errors: `NULL_ARGUMENT`, `WRONG_HANDLE`.
 */
wardline_status wardline_shared_engine(const wardline_shared *shared,
                                       wardline_engine **out);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Decides one event with the engine of now: as `wardline_engine_decide`.
 */
wardline_status wardline_shared_decide(const wardline_shared *shared,
                                       wardline_state *state,
                                       const wardline_event *event,
                                       wardline_decision *out);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Decides several events, all with the engine of now: as
 * `wardline_engine_decide_batch`.
 */
wardline_status wardline_shared_decide_batch(const wardline_shared *shared,
                                             wardline_state *state,
                                             const wardline_event *events,
                                             wardline_decision *out,
                                             size_t count,
                                             size_t *done);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * Ends a shared engine; NULL is none. No thread may use it any more; engines that
 * it gave stay.
 *
 * Errors: `WRONG_HANDLE`; then nothing was freed.
 */
wardline_status wardline_shared_free(wardline_shared *shared);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * An empty state.
 *
 * `budget` is how many bytes it uses, all together and ever; `shards` into how many
 * parts they are divided, two to four for each thread, 0 for 16; each needs 4,160
 * bytes (else `STATE_TOO_SMALL`). `seed` is 16 bytes that nobody else knows, or NULL
 * to take them from the operating system (`UNREADABLE` if it has none). `*out` is
 * written on `WARDLINE_STATUS_OK` only: a handle to be freed with
 * `wardline_state_free`. Any thread. Errors besides: `NULL_ARGUMENT`.
 */
wardline_status wardline_state_new(size_t budget,
                                   size_t shards,
                                   const uint8_t *seed,
                                   wardline_state **out);
#endif

#if defined(WARDLINE_HOSTED)
/**
 * A state that was saved by `wardline_state_save`; `saved` is copied.
 *
 * `*out` is written on `WARDLINE_STATUS_OK` only: a handle to be freed with
 * `wardline_state_free`. Any bytes may be given. Any thread. Errors:
 * `NULL_ARGUMENT`, `NOT_A_STATE`, `STATE_VERSION`, `STATE_DAMAGED`.
 */
wardline_status wardline_state_restore(wardline_bytes saved,
                                       wardline_state **out);
#endif

/**
 * How much memory `wardline_state_place` needs besides the state's own, in bytes.
 * Any thread.
 */
size_t wardline_state_size(void);

/**
 * A state in memory of the caller's: nothing is allocated.
 *
 * `memory` has `size` bytes, at least `wardline_state_size()`, aligned to 16 (else
 * `BUFFER_TOO_SMALL`); `block` has `length` initialised bytes, at least 4,160,
 * in which everything is remembered. Both belong to the state until
 * `wardline_state_free`, which frees no memory. `seed` is 16 bytes that nobody
 * else knows for an empty state, or NULL to restore what `block` holds. All else is
 * as with `wardline_state_new` and `wardline_state_restore`.
 */
wardline_status wardline_state_place(void *memory,
                                     size_t size,
                                     uint8_t *block,
                                     size_t length,
                                     const uint8_t *seed,
                                     wardline_state **out);

/**
 * Ends a state; NULL is none. No thread may use it any more.
 *
 * Errors: `WRONG_HANDLE`; then nothing was freed.
 */
wardline_status wardline_state_free(wardline_state *state);

/**
 * Writes what is to be kept over a restart into a buffer, and its length to
 * `*length`. The bytes hold the seed: keep them secret.
 *
 * On `BUFFER_TOO_SMALL` `*length` says what is needed and nothing else was written;
 * `out` may be NULL with capacity 0. Any thread. Other errors: `NULL_ARGUMENT`,
 * `WRONG_HANDLE`, `INVALID_ARGUMENT`, `BUSY`.
 */
wardline_status wardline_state_save(wardline_state *state,
                                    char *out,
                                    size_t capacity,
                                    size_t *length);

/**
 * Says how much a state remembers. O(its budget).
 *
 * `*out` is written on `WARDLINE_STATUS_OK` only. Any thread. Errors:
 * `NULL_ARGUMENT`, `WRONG_HANDLE`, `BUSY`.
 */
wardline_status wardline_state_describe(const wardline_state *state,
                                        wardline_state_info *out);

/**
 * Has a state forget what no rule of an engine counts. To be called after an engine
 * was replaced.
 *
 * `*forgotten`, how many keys went, may be NULL. Any thread. Errors:
 * `NULL_ARGUMENT`, `WRONG_HANDLE`, `BUSY`.
 */
wardline_status wardline_engine_adopt(const wardline_engine *engine,
                                      wardline_state *state,
                                      size_t *forgotten);

/**
 * The quarantined, one by one: `index` counts from 0. The order is that of the
 * state's memory and changes with it. O(the state's budget).
 *
 * `out->size` is set by the caller; the rest is written on `WARDLINE_STATUS_OK`
 * only. `NOT_FOUND` means that there are no more. Any thread. Other errors:
 * `NULL_ARGUMENT`, `WRONG_HANDLE`, `WRONG_SIZE`, `BUSY`.
 */
wardline_status wardline_state_quarantine(const wardline_state *state,
                                          size_t index,
                                          wardline_quarantine *out);

/**
 * Releases somebody who is quarantined.
 *
 * `id` is the 16 bytes of `wardline_quarantine.id`. `NOT_FOUND` if nobody is
 * quarantined by that id. Any thread. Other errors: `NULL_ARGUMENT`,
 * `WRONG_HANDLE`, `BUSY`.
 */
wardline_status wardline_state_release(wardline_state *state,
                                       const uint8_t *id);

/**
 * What a status means, in a few words of English. Never NULL; static. For a
 * number that is no status, "unknown status". Any thread.
 */
wardline_text wardline_status_text(uint32_t status);

/**
 * The version of the binary interface that this library has; a program that links
 * it dynamically may compare it with `WARDLINE_ABI_VERSION`. Any thread.
 */
uint32_t wardline_abi_version(void);

/**
 * The library's version, such as `0.1.0`. Static. Any thread.
 */
wardline_text wardline_version(void);

/**
 * How an action is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_action_name(uint32_t number);

/**
 * How a kind is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_kind_name(uint32_t number);

/**
 * How a severity is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_severity_name(uint32_t number);

/**
 * How a mode is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_mode_name(uint32_t number);

/**
 * How an enforcement is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_enforcement_name(uint32_t number);

/**
 * How a control is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_control_name(uint32_t number);

/**
 * How a code of an invalid event is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_invalid_name(uint32_t number);

/**
 * How a reason is spelled; empty if the number is none. Static. Any thread.
 */
wardline_text wardline_reason_name(uint32_t number);

/* What C programs would write themselves, and the size of every struct. */

/** A string that ends with a zero byte, as bytes; NULL is none. */
static inline wardline_bytes wardline_string(const char *string) {
  wardline_bytes bytes;
  bytes.data = string;
  bytes.length = string == NULL ? 0 : strlen(string);
  return bytes;
}

/** So many bytes. */
static inline wardline_bytes wardline_bytes_of(const void *data, size_t length) {
  wardline_bytes bytes;
  bytes.data = data;
  bytes.length = length;
  return bytes;
}

/** Sets a struct that begins with its size to zero, and its size. */
static inline void wardline_init(void *structure, size_t size) {
  uint32_t first = (uint32_t)size;
  memset(structure, 0, size);
  memcpy(structure, &first, sizeof first);
}

/** An event of a kind, of which nothing else is known yet. */
static inline wardline_event wardline_event_of(uint32_t kind) {
  wardline_event event;
  wardline_init(&event, sizeof event);
  event.kind = kind;
  return event;
}

/** Room for a decision; its `action` is none, which is not to allow. */
static inline wardline_decision wardline_decision_none(void) {
  wardline_decision decision;
  wardline_init(&decision, sizeof decision);
  return decision;
}

/** A binding that is strict. */
static inline wardline_binding wardline_binding_default(void) {
  wardline_binding binding;
  wardline_init(&binding, sizeof binding);
  return binding;
}

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WARDLINE_H */
