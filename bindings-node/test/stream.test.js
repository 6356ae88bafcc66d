'use strict';
// 100,000 events, right and wrong ones of every kind, are decided as the command
// (that is, Rust) decides their JSON lines.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { Batch, compileSync, Engine, State } = require('wardline');

const COUNT = 100_000;
const command = process.env.WARDLINE_COMMAND;
const skip = command ? false : 'needs WARDLINE_COMMAND, the command line to compare with';
if (skip) console.log(`skipped: ${skip}`);

const policy = `
wardline: 1
kind: host
name: all
platform: linux
mode: enforce
controls:
  file_block: { paths: [/etc/shadow, id_rsa, /srv/geheim], except_users: ["uid:0"] }
  read_only_files: { paths: [/usr/bin], except_processes: [/usr/bin/dpkg] }
  file_integrity_monitoring: { operations: [create, modify, delete], paths: ["/etc/**"] }
  executables_blocked: { executables: [xmrig, "/tmp/**"] }
  fileless_execution_block: {}
  reverse_shell_block: {}
  network_block: { networks: [203.0.113.0/24, "2001:db8::/32"], domains: [.evil.example, "bücher.example"], ports: [23] }
  os_users_and_groups_blocked: { users: [mallory, "uid:666"], groups: [wheel] }
  brute_force_login_detection: { max_failures: 3, window: 10s, block_for: 1m }
  port_scan_detection: { max_ports: 5, window: 1m }
  forensics: { os_user_activity: true, user_account_management: true, failed_logins: true }
  system_integrity_monitoring: { system_time: true, services: true, audit_log: true }
  realtime_malware_protection: { response: delete }
`;

/** The same numbers every time. */
function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function events(count) {
  const random = generator(20261124);
  const pick = (...all) => all[random(all.length)];
  const maybe = (value, chance = 4) => (random(chance) === 0 ? value : undefined);
  const name = () => pick('/etc/shadow', '/etc//./shadow', '/tmp/x', '/usr/bin/nc', '/home/a/id_rsa', '/srv/geheim/ä', 'x', '', '/a/../b',
    '/proc/self/root/etc/shadow', `/home/u${random(50)}/f${random(9)}`, 'memfd:x', '/etc/motd', '/tmp/😀', '/half/\ud800');
  const host = () => pick('evil.example', 'a.evil.example', 'BÜCHER.example', 'xn--bcher-kva.example', 'a..b', 'ok.example', `h${random(99)}.example`, '');
  const address = () => pick('203.0.113.7', '::ffff:203.0.113.7', '2001:db8::1', '10.0.0.1', '010.0.0.1', 'x', '64:ff9b::203.0.113.9', `198.51.100.${random(255)}`);
  const user = () => pick({ name: 'root', id: 0 }, { name: 'mallory' }, { id: 666 }, { id: -1 }, { id: 2 ** 40 }, { name: '' }, {}, { nam: 'x' }, { id: 1.5 }, { sid: 'S-1-5-18' });
  const process = () => pick({ path: '/usr/bin/dpkg' }, { path: '/usr/bin/bash', pid: random(500) }, { path: 'x' }, { pid: -1 }, { argv: ['a', 'b'] }, {}, { pid: 2 ** 33 }, []);
  let time = 1_793_750_400_000;
  const common = () => ({
    time: maybe((time += random(2000)), 1 + random(2)),
    user: maybe(user(), 2),
    process: maybe(process(), 2),
    groups: maybe(pick([{ name: 'wheel' }], [{ id: 27 }, { name: 'users' }], [], ['wheel'], [{ id: 'x' }]), 6),
    metadata: maybe(pick({ a: 1 }, 'text', 7, null), 9),
  });
  const kinds = {
    file: () => ({ operation: pick('read', 'create', 'modify', 'delete', 'rename', 'link', 'chmod', 'truncate', 'execute', 'reed', undefined), path: name(), target: maybe(name()), requested: maybe(name()), aliases: maybe([name(), name()], 8), cwd: maybe(pick('/etc', '/tmp', 'x')), mode: maybe(random(0o10000), 8), truncated: maybe(pick(true, false, 1), 16), deleted: maybe(true, 16), root: maybe('/srv', 16) }),
    exec: () => ({ path: name(), requested: maybe(name()), argv: maybe(['sh', '-c', 'x'], 3), script: maybe(name(), 8), cwd: maybe('/tmp'), memfd: maybe(pick(true, false), 9), stdio_socket: maybe(true, 9), ip: maybe(address(), 8), sha256: maybe(pick('a'.repeat(64), 'x'), 9), pth: maybe('x', 30) }),
    network: () => ({ direction: pick('outbound', 'inbound', 'listen', 'up', undefined), ip: maybe(address(), 1 + random(2)), domain: maybe(host(), 3), port: maybe(pick(23, 443, random(65536), 65536, -1, 1.5, '23'), 2), protocol: maybe(pick('tcp', 'udp', 'TCP'), 3) }),
    dns: () => ({ name: host(), answers: maybe([address(), address()], 3), cnames: maybe([host()], 4) }),
    login: () => ({ source: maybe(address(), 2), success: maybe(pick(true, false, false, 'no'), 1), groups_complete: maybe(pick(true, false), 5) }),
    account: () => ({ subject: pick('user', 'group', undefined), operation: pick('create', 'delete', 'x', undefined), name: maybe('alice', 1 + random(2)) }),
    registry: () => ({ operation: 'read', key: 'HKLM\\Software', value: maybe('') }),
    system: () => ({ what: pick('time_change', 'service_create', 'log_clear', 'x', undefined), name: maybe('cron') }),
    malware: () => ({ path: name(), signature: maybe('Eicar') }),
    credential: () => ({ name: maybe('AWS_SECRET', 2), id: maybe('AKIA', 2) }),
    other: () => ({}),
  };
  return Array.from({ length: count }, () => {
    const kind = pick(...Object.keys(kinds), 'file', 'exec', 'network', 'file', 'exec');
    return { kind: kind === 'other' ? pick('socket', undefined, 7) : kind, ...kinds[kind](), ...common() };
  });
}

const members = ({ action, intent, reason, code, policy, control, remediation, matched }) =>
  JSON.stringify({ action, intent, reason, code, policy, control, remediation: remediation === 'none' ? undefined : remediation, matched: matched > 1 ? matched : undefined });

test('a stream of 100,000 events is decided as Rust decides it', { skip }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wardline-'));
  try {
    const { bytes } = compileSync({ name: 'all.yaml', text: policy });
    fs.writeFileSync(path.join(folder, 'all.wlb'), bytes);
    const stream = events(COUNT);
    const lines = Buffer.from(stream.map((event) => JSON.stringify(event)).join('\n'));
    fs.writeFileSync(path.join(folder, 'events.jsonl'), lines);
    const output = execFileSync(command, ['decide', '-b', path.join(folder, 'all.wlb'), path.join(folder, 'events.jsonl')], { maxBuffer: 1 << 28 });
    const wanted = output.toString().trimEnd().split('\n').map((line) => members(JSON.parse(line)));
    assert.equal(wanted.length, COUNT);

    const engine = Engine.load(bytes);
    const seed = new Uint8Array(16).fill(7);
    const states = [0, 1, 2].map(() => new State({ seed }));
    const actions = { allow: 0, audit: 0, block: 0 };
    const parsed = engine.decideBatch(lines, states[0]);
    const packed = engine.decideBatch(Batch.from(stream), states[1]);
    assert.equal(parsed.length, COUNT);
    stream.forEach((event, index) => {
      const decision = engine.decide(event, states[2]);
      actions[decision.action]++;
      const say = () => `event ${index}: ${JSON.stringify(event)}`;
      if (members(decision) !== wanted[index]) assert.equal(members(decision), wanted[index], say());
      if (members(parsed.at(index)) !== wanted[index]) assert.equal(members(parsed.at(index)), wanted[index], say());
      if (members(packed.at(index)) !== wanted[index]) assert.equal(members(packed.at(index)), wanted[index], say());
    });
    // A stream of which all is decided alike would show nothing.
    for (const action of Object.keys(actions)) assert.ok(actions[action] > COUNT / 50, JSON.stringify(actions));
    console.log(`${COUNT} events: ${JSON.stringify(actions)}`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
