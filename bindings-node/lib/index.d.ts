/** Bytes as the operating system has them, or text that is encoded as UTF-8. */
export type Name = string | Uint8Array;

/**
 * Who acts; what is not known counts against the actor. This, a principal and an event are
 * plain objects: `{…}`, those of `JSON.parse` and `structuredClone`, or without a prototype.
 * Own enumerable members are read. With a promise, a `Map`, or an object of a class in such
 * a place the event is invalid (`field_type`, `not_an_event`); what it has of its own counts
 * all the same.
 */
export interface Process {
  path?: Name;
  /** Carried into audit events, never matched. */
  name?: Name;
  pid?: number;
  /** Carried, never matched. */
  argv?: readonly Name[];
}

/** A user or a group, by any of its names. */
export interface Principal {
  name?: Name;
  id?: number | bigint;
  sid?: Name;
}

interface Timed {
  /** Milliseconds since the Unix epoch. */
  time?: number | bigint;
  /**
   * Passed through to audit events, never matched. Deciding does not look into it. An audit
   * event leaves it out if it is no JSON (it leads to itself, has a `BigInt`, comes to
   * `null`), is deeper than events may be, or has half a surrogate pair.
   */
  metadata?: string | number | boolean | object;
}

/** A process, its user and groups. */
export interface Acting {
  process?: Process;
  /** The effective identity of the access. */
  user?: Principal;
  groups?: readonly Principal[];
}

/** What an engine found out about a process, its user and groups; see `Engine.actor`. */
export declare class Actor {
  private constructor();
}

interface Acted {
  process?: undefined;
  user?: undefined;
  groups?: undefined;
  /** In the place of `process`, `user` and `groups`. */
  actor: Actor;
}

interface Common extends Timed, Acting {}

interface Base {
  cwd?: Name;
  dirfd_path?: Name;
  root?: Name;
}

export type FileOperation =
  | 'read' | 'create' | 'modify' | 'delete' | 'rename' | 'link' | 'attributes' | 'execute'
  | 'truncate' | 'chmod' | 'chown' | 'utime' | 'setxattr';

interface FileFields extends Common, Base {
  kind: 'file';
  /** The real object, symbolic links resolved. */
  path: Name;
  /** The name the process used. */
  requested?: Name;
  aliases?: readonly Name[];
  mode?: number;
  truncated?: boolean;
  deleted?: boolean;
}

export type FileEvent = FileFields & (
  | { operation: Exclude<FileOperation, 'rename' | 'link'>; target?: Name }
  | { operation: 'rename' | 'link'; target: Name }
);

export interface ExecEvent extends Common, Base {
  kind: 'exec';
  path: Name;
  requested?: Name;
  aliases?: readonly Name[];
  argv?: readonly Name[];
  script?: Name;
  sha256?: string;
  memfd?: boolean;
  truncated?: boolean;
  deleted?: boolean;
  stdio_socket?: boolean;
  ip?: Name;
}

/** Text, or four or sixteen bytes in network order. */
export type Address = string | Uint8Array;

interface NetworkFields extends Common {
  kind: 'network';
  direction: 'outbound' | 'inbound' | 'listen';
  port?: number;
  protocol?: 'tcp' | 'udp' | 'icmp' | 'sctp';
}

export type NetworkEvent = NetworkFields & ({ ip: Address; domain?: Name } | { ip?: Address; domain: Name });

export interface DnsEvent extends Common {
  kind: 'dns';
  name: Name;
  answers?: readonly Address[];
  cnames?: readonly Name[];
}

export interface LoginEvent extends Common {
  kind: 'login';
  user: Principal;
  groups_complete?: boolean;
  source?: Address;
  /** Absent while the login is being decided; only `false` is a failure. */
  success?: boolean;
}

export interface AccountEvent extends Common {
  kind: 'account';
  subject: 'user' | 'group';
  operation: 'create' | 'delete' | 'modify';
  name: Name;
}

export interface RegistryEvent extends Common {
  kind: 'registry';
  operation: 'create' | 'read' | 'modify' | 'delete' | 'attributes';
  key: Name;
  value?: Name;
}

export interface SystemEvent extends Common {
  kind: 'system';
  what: 'time_change' | 'service_create' | 'service_delete' | 'service_change' | 'log_clear' | 'log_tamper';
  name?: Name;
}

export interface MalwareEvent extends Common {
  kind: 'malware';
  path: Name;
  signature?: Name;
}

interface CredentialFields extends Common {
  kind: 'credential';
}

export type CredentialEvent = CredentialFields & ({ name: Name; id?: Name } | { name?: Name; id: Name });

type Plain = FileEvent | ExecEvent | NetworkEvent | DnsEvent | LoginEvent | AccountEvent | RegistryEvent | SystemEvent | MalwareEvent | CredentialEvent;
type Acts<E> = E extends unknown ? E | (Omit<E, keyof Acting> & Acted) : never;

/** One activity to decide about. */
export type Event = Acts<Plain>;

export type Kind = Event['kind'];
export type ActionName = 'allow' | 'audit' | 'block';
export type Mode = 'audit' | 'enforce';

/** The actions as numbers, for the calls that answer with no more. */
export declare const Action: { readonly ALLOW: 0; readonly AUDIT: 1; readonly BLOCK: 2 };
export type Action = 0 | 1 | 2;

/** One control of one policy for one kind of event. */
export interface Rule {
  readonly id: number;
  readonly policy: string;
  readonly control: string;
  readonly kind: Kind;
  /** What a match means. */
  readonly message: string;
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  readonly tags: readonly string[];
  readonly mode: Mode;
  readonly canBlock: boolean;
  readonly keepsArguments: boolean;
  readonly forFunction: boolean;
}

/** What a control over time found beside the decision. */
export interface Alert {
  readonly count: number;
  readonly others: number;
  readonly rule: Rule;
}

/** The answer to one event. No plain value: ask for its `action`. */
export declare class Decision {
  private constructor();
  /** What to do now. */
  readonly action: ActionName;
  /** What it would be if every policy enforced. */
  readonly intent: ActionName;
  readonly reason: 'no_match' | 'matched' | 'quarantined' | 'invalid_event';
  /** What was invalid, for `invalid_event`. */
  readonly code: string | undefined;
  /** The rule that won; for `invalid_event` the first that could not be judged. */
  readonly rule: Rule | null;
  /** Every rule that matched, in bundle order. */
  readonly rules: readonly Rule[];
  readonly policy: string | undefined;
  readonly control: string | undefined;
  readonly matched: number;
  readonly remediation: 'none' | 'delete';
  readonly overload: boolean;
  /** An audit over the limit of its policy's `throttle`, which need not be reported. */
  readonly suppressed: boolean;
  /** How many suppressed audits this decision stands for besides. */
  readonly suppressedBefore: number;
  readonly generation: number;
  readonly alert: Alert | null;
  readonly isAllowed: boolean;
  readonly isAudited: boolean;
  readonly isBlocked: boolean;
  toJSON(): object;
}

/** An entry of a policy's list, where it was written. */
export interface Entry {
  readonly list: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Why a rule matches or does not. */
export type Explanation =
  /** `notOn`: the lists of an allow-list that must have the object and lack it. */
  | { readonly rule: Rule; readonly result: 'matches'; readonly entry: Entry | null; readonly notOn: readonly string[] }
  | { readonly rule: Rule; readonly result: 'fails'; readonly condition: string; readonly entry: Entry | null }
  | { readonly rule: Rule; readonly result: 'undecided'; readonly code: string }
  /** It does not match by itself, but may after earlier events. */
  | { readonly rule: Rule; readonly result: 'over_time' };

/** Options are plain objects; their own members count. */
export interface BindingOptions {
  /** Attributes that scopes are tested on; labels are `label.<key>`. */
  target?: Readonly<Record<string, string | readonly string[]>>;
  /** What an event that cannot be understood comes to; `closed` if not given. */
  fail?: 'closed' | 'open';
  /** `audit` turns every block into an audit. */
  modeCap?: Mode;
  /** The kinds of events that the enforcer can prevent; all if not given. */
  capabilities?: readonly Kind[];
  /**
   * On Windows, the drive that each device or volume is, such as
   * `{ '\\Device\\HarddiskVolume2': 'C:' }`; paths of others are invalid.
   */
  volumes?: Readonly<Record<string, string>>;
}

export interface PolicyStatus {
  readonly policy: string;
  readonly mode: Mode;
  readonly enforceAfter: number | null;
  readonly default: boolean;
  readonly applies: boolean;
  readonly undecided: boolean;
  readonly enforcement: 'full' | 'partial' | 'none';
}

export interface ControlStatus {
  readonly policy: string;
  readonly control: string;
  readonly enforcement: 'full' | 'partial' | 'none';
  /** The kinds of events that it would block, but the enforcer cannot. */
  readonly lacking: readonly Kind[];
}

/** A loaded, bound bundle. */
export declare class Engine {
  protected constructor();
  static load<T extends Engine>(this: { prototype: T }, bytes: Uint8Array, options?: BindingOptions): T;
  static open<T extends Engine>(this: { prototype: T }, path: string | URL | Buffer, options?: BindingOptions): T;
  /** Decides one event; with a state, after those that it remembers. */
  decide(event: Event, state?: State): Decision;
  checkExec(path: Name, process?: Name): Action;
  checkFile(operation: Exclude<FileOperation, 'rename' | 'link'>, path: Name, process?: Name): Action;
  checkNetwork(direction: NetworkEvent['direction'], ip: Address, port: number): Action;
  checkDns(name: Name): Action;
  /**
   * Decides an array of events, a batch, or JSON lines, all by one engine, which the decisions
   * keep. Throws if the events are more than 4 GiB.
   */
  decideBatch(events: readonly Event[] | Batch | Uint8Array, state?: State): Decisions;
  /** What the rules say about a process, found out once for all of its events. */
  actor(acting: Acting): Actor;
  /** Audits that throttles suppressed and that no decision has told of yet. */
  suppressed(state: State): readonly { readonly rule: Rule; readonly count: number }[];
  explain(event: Event): Explanation[];
  /**
   * One line of JSON, as docs/events.md describes it, told by the engine that decided, if it
   * was replaced meanwhile. Throws `ERR_WARDLINE_DECISION` for a decision of another engine.
   */
  auditEvent(event: Event, decision: Decision): string;
  shouldScan(path: Name, process?: Process): boolean;
  rule(id: number): Rule | undefined;
  readonly rules: readonly Rule[];
  readonly policies: readonly PolicyStatus[];
  readonly controls: readonly ControlStatus[];
  readonly generation: number;
  readonly platform: 'linux' | 'windows';
  readonly bundleHash: string;
  /** Some control counts over time: give `decide` a state. */
  readonly needsState: boolean;
  /** Takes over another engine's bundle and binding; the new generation. */
  replace(other: Engine): number;
  /** Has a state forget what no rule counts; how many entries went. */
  adopt(state: State): number;
  [Symbol.dispose](): void;
}

/** An engine that several threads use at once. */
export declare class SharedEngine extends Engine {
  readonly token: number;
  static attach(token: number): SharedEngine;
}

export interface Quarantine {
  readonly id: string;
  readonly kind: 'process' | 'program' | 'source';
  readonly pid: number | null;
  readonly text: Buffer;
  readonly since: number | null;
  readonly duration: number | null;
}

/** What controls over time remember. */
export declare class State {
  constructor(options?: { budget?: number; seed?: Uint8Array });
  static restore(saved: Uint8Array): State;
  static attach(token: number): State;
  readonly token: number;
  save(): Uint8Array;
  readonly entries: number;
  readonly forgotten: number;
  /** How many audits a throttle suppressed that no decision has told of yet. */
  readonly suppressed: number;
  readonly quarantines: Quarantine[];
  release(id: string): boolean;
  [Symbol.dispose](): void;
}

/** Events packed for `Engine.decideBatch`. */
export declare class Batch {
  static from(events: readonly Event[]): Batch;
  /** Adds an event, or throws and stays as it was. */
  add(event: Event): this;
  clear(): void;
  readonly length: number;
}

/** The decisions of a batch. */
export declare class Decisions implements Iterable<Decision> {
  private constructor();
  readonly length: number;
  action(index: number): ActionName;
  /** The line of JSON that the event stood in, from 1. */
  line(index: number): number | undefined;
  at(index: number): Decision;
  counts(): Record<ActionName, number>;
  [Symbol.iterator](): Iterator<Decision>;
}

/** What is wrong with a policy, where, and what to write instead. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly field: string;
  readonly expected: string | null;
  readonly help: string | null;
  /** What to write in the place of the `length` characters, where that is known. */
  readonly replacement: string | null;
  /** All of it in one line. */
  readonly text: string;
}

/** A path, or the text itself. */
export type PolicySource = string | { name?: string; text: string | Uint8Array; format?: 'yaml' | 'json' };

export interface CompileOptions {
  /** The contents of lists: by policy, then by list. */
  lists?: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;
  platform?: 'linux' | 'windows';
}

export interface Compiled {
  readonly bytes: Uint8Array;
  readonly warnings: readonly Diagnostic[];
  readonly report: {
    readonly policies: number;
    readonly controls: readonly { policy: string; control: string; effect: 'audit' | 'block' }[];
    readonly lists: readonly {
      policy: string; control: string; list: string; exception: boolean; lines: number; used: number; refused: number;
      masked: number; excepted: number; specialUse: number;
    }[];
  };
}

export declare function compile(policies: PolicySource | readonly PolicySource[], options?: CompileOptions): Promise<Compiled>;
export declare function compileSync(policies: PolicySource | readonly PolicySource[], options?: CompileOptions): Compiled;

export declare class WardlineError extends Error {
  readonly code: string;
}

/** Policies that did not compile. */
export declare class CompileError extends WardlineError {
  readonly diagnostics: readonly Diagnostic[];
}
