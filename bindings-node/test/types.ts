// Compiled by `tsc --strict`, never run: what the types allow, and, after
// `@ts-expect-error`, what they must refuse.

import { Action, Actor, Batch, compile, CompileError, Decision, Engine, Event, SharedEngine, State } from 'wardline';

export async function right(): Promise<string> {
  const { bytes, warnings } = await compile(['a.yaml', { text: 'wardline: 1' }], { lists: { a: { feed: 'x' } } });
  warnings.map((one) => `${one.file}:${one.line}`);
  const engine: Engine = Engine.load(bytes, { target: { 'host.name': 'web-1', 'host.group': ['a', 'b'] }, capabilities: ['exec'] });
  const shared: SharedEngine = SharedEngine.open('a.wlb', { fail: 'open' });
  const event: Event = { kind: 'exec', path: Buffer.from('/x'), user: { id: 0n } };
  const actor: Actor = engine.actor({ process: { path: '/usr/sbin/nginx', pid: 7 }, user: { id: 33 }, groups: [] });
  engine.decide({ kind: 'file', operation: 'rename', path: '/a', target: '/b', actor });
  engine.decide({ kind: 'network', direction: 'outbound', ip: '192.0.2.1', actor });
  engine.decide({ kind: 'login', success: false, actor });
  const state = new State({ budget: 1 << 16 });
  for (const { rule, count } of engine.suppressed(state)) `${rule.policy} ${count + state.suppressed}`;
  const decision: Decision = engine.decide(event, state);
  if (engine.checkExec('/x') === Action.BLOCK) shared.replace(engine);
  engine.decideBatch(new Batch().add(event)).counts();
  for (const why of engine.explain(event)) if (why.result === 'fails') why.condition.length;
  try {
    engine[Symbol.dispose]();
  } catch (error) {
    if (error instanceof CompileError) error.diagnostics.length;
  }
  return decision.rule?.policy ?? decision.action;
}

export function wrong(engine: Engine): void {
  // @ts-expect-error a rename has a target
  engine.decide({ kind: 'file', operation: 'rename', path: '/a' });
  // @ts-expect-error no such field
  engine.decide({ kind: 'exec', path: '/a', usr: {} });
  // @ts-expect-error a connection has a peer
  engine.decide({ kind: 'network', direction: 'outbound' });
  // @ts-expect-error no such operation
  engine.checkFile('reed', '/a');
  // @ts-expect-error an actor stands for the process
  engine.decide({ kind: 'exec', path: '/a', actor: engine.actor({}), process: {} });
  // @ts-expect-error an actor stands for who logs in
  engine.decide({ kind: 'login', user: { name: 'a' }, actor: engine.actor({}) });
  // @ts-expect-error a login has a user
  engine.decide({ kind: 'login' });
  // @ts-expect-error made by the engine only
  new Actor();
  // @ts-expect-error made by the engine only
  new Decision();
  // @ts-expect-error no such option
  Engine.load(new Uint8Array(), { failure: 'open' });
}
