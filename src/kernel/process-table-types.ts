/**
 * The table of processes that eyrie-families keeps: who belongs to which family, and what they
 * use. A family is a number that the caller chose (1 to 2^32 - 1); 0 is no family.
 *
 * Children belong where their parent does. As root the kernel tells of every fork and exit (the
 * process events connector, netlink's CN_IDX_PROC); otherwise /proc is read at each snapshot, and
 * a child belongs where the parent that it has by then does.
 */
import type { Result } from '../result';

/** A process: its number, and when it began, for numbers are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot: `starttime` of proc_pid_stat(5). */
  readonly birthday: number;
}

/** A process as it was last seen. */
export interface ProcessFacts extends ProcessIdentity {
  readonly ppid: number;
  /** Ended, but its parent has not asked for its status yet. */
  readonly zombie: boolean;
  /** Clock ticks, as all times here (sysconf _SC_CLK_TCK; see {@link ProcessMeans.ticks}). */
  readonly userTicks: number;
  readonly systemTicks: number;
  /** Of children that ended and were waited for, and theirs. */
  readonly childUserTicks: number;
  readonly childSystemTicks: number;
  /** KiB. */
  readonly imageSize: number;
  /** KiB. */
  readonly resident: number;
  /** 0: none. */
  readonly family: number;
}

/** A process that is told of for the first time. */
export interface NewProcess extends ProcessFacts {
  /** Owner of /proc/PID: the effective uid, or root where the process is not dumpable. */
  readonly uid: number;
  /** Supplementary groups; where asked for. */
  readonly groups?: readonly number[];
  /**
   * Entries of its environment that begin with `_CONDOR_ANCESTOR_`, at most 32 of at most 71
   * characters each, longer ones left out; where asked for. Empty where its environment may not be
   * read.
   */
  readonly ancestors?: readonly string[];
  /** The paths in /proc/PID/cgroup, one for each hierarchy; where asked for. */
  readonly cgroups?: readonly string[];
}

/** What to find out about new processes; each costs one more file of /proc for each of them. */
export interface SnapshotWants {
  readonly ancestors: boolean;
  readonly groups: boolean;
  readonly cgroups: boolean;
}

/** The processes of a moment. */
export interface Snapshot {
  /** Of all families, zombies too; of each family those first that came to it last. */
  readonly members: readonly ProcessFacts[];
  /**
   * Told of for the first time, and never again: members that were born into their family (in
   * `members` as well), and strangers. Strangers without an environment are told of again, where
   * {@link SnapshotWants.ancestors}: they may be in the middle of execve(2). Strangers that live a
   * while before anybody asks are told of once all the same; of those that came and went meanwhile
   * nothing is said.
   */
  readonly fresh: readonly NewProcess[];
  /**
   * Members that ended since the last snapshot, with the last figures known: the final ones where
   * {@link ProcessMeans.accounting}. Members that no snapshot saw are here if they used a tick.
   * Bounded: of very many, several make up one record (their ticks are added up, the pid is one
   * of theirs).
   */
  readonly ended: readonly ProcessFacts[];
  /** False where /proc could not be read: members are those of before. */
  readonly complete: boolean;
  /** True where the kernel dropped events since the last snapshot, so that all /proc was read. */
  readonly overflow: boolean;
}

/** How processes are followed here. */
export interface ProcessMeans {
  /** Forks and exits are told by the kernel. */
  readonly events: boolean;
  /** Why they are not: `bind: Operation not permitted`. */
  readonly why: string | undefined;
  /** The kernel tells what every process used when it ends (taskstats), however short it lived. */
  readonly accounting: boolean;
  /**
   * The kernel tells who really forked (perf events): clone(2)'s CLONE_PARENT makes a child whose
   * parent is not its maker, and so one that events alone, or /proc, put into the wrong family.
   */
  readonly forkers: boolean;
  /** In which hierarchy a family can get a cgroup of its own. */
  readonly cgroups: 'v2' | 'freezer' | undefined;
  /** Clock ticks a second. */
  readonly ticks: number;
}

/** A request that failed. */
export interface ProcessTableError {
  /** What failed: `write cgroup.procs`. */
  readonly call: string;
  /** Positive. ESRCH: no such process, or another one by now. */
  readonly errno: number;
  /** eyrie-families is gone, and what it knew: start another one. */
  readonly gone?: true;
}

/** A signal to all members of families. */
export interface FamilySignal {
  /** A family before its children. */
  readonly families: readonly number[];
  /**
   * SIGKILL and SIGSTOP are repeated until every member is dead (or a zombie), or stopped; all
   * others are sent to each member once. A family with a cgroup is killed, frozen and thawed
   * (SIGCONT) as one as well.
   */
  readonly signal: number;
  /** How long SIGKILL and SIGSTOP may take; 10 where undefined. */
  readonly seconds?: number;
  /** Processes that get no signal. */
  readonly except?: readonly number[];
}

/** What came of a signal. */
export interface SignalOutcome {
  /** Processes that got it; those of a killed cgroup are not counted. */
  readonly signalled: number;
  /** Members that are not dead, or not stopped, after `seconds`. */
  readonly left: number;
}

/** What a family's cgroup has counted since it is the family's, families below it included. */
export interface CgroupUsage {
  readonly userMicros: number;
  readonly systemMicros: number;
  /** Operations and bytes of block devices; undefined where nothing counts them. */
  readonly blockReads: number | undefined;
  readonly blockWrites: number | undefined;
  readonly blockReadBytes: number | undefined;
  readonly blockWriteBytes: number | undefined;
  /** Bytes; undefined without the memory controller. */
  readonly memory: number | undefined;
}

type Answer<T> = Promise<Result<T, ProcessTableError>>;

/** The table. Requests are carried out in the order of the calls; a long kill lets others pass. */
export interface ProcessTable {
  readonly means: ProcessMeans;
  /** Resolves when eyrie-families is gone, and not by close(). */
  readonly lost: Promise<void>;
  /** Reads the members' figures, and finds who is new. */
  snapshot(wants: SnapshotWants): Answer<Snapshot>;
  /** One process as it is now, with the family it is in by now; undefined: no such process. */
  locate(pid: number, wants?: SnapshotWants): Answer<NewProcess | undefined>;
  /**
   * Puts a process, and what it forks from now on, into a family; 0 takes it out of its own. It is
   * not `fresh` any more. ESRCH where it has ended.
   */
  assign(process: ProcessIdentity, family: number): Answer<void>;
  /** Makes all members of a family those of another (0: nobody's); its own cgroup is removed. */
  merge(from: number, into: number): Answer<void>;
  /**
   * Calls `gone` once when the process has ended; at once where it has already, or the number is
   * another's. Gives a function that stops watching.
   */
  watch(process: ProcessIdentity, gone: () => void): () => void;
  /** Signals all members of families, see {@link FamilySignal}. */
  signalFamilies(signal: FamilySignal): Answer<SignalOutcome>;
  /** Signals one process. ESRCH where it has ended. */
  signalProcess(process: ProcessIdentity, signal: number): Answer<void>;
  /** Proportional set size of all members of families, KiB; undefined: the kernel tells none. */
  proportional(families: readonly number[]): Answer<number | undefined>;
  /**
   * Puts a process that heads a family into a cgroup of its own below the one it is in, so that
   * limits from above still hold. From then on all that is in the cgroup is in the family. Gives
   * the cgroup's directory.
   */
  ownCgroup(family: number, root: ProcessIdentity): Answer<string>;
  /**
   * Moves a family's members into the cgroup of a name, in every hierarchy that can be written;
   * it is made where missing. From then on all that is in it is in the family. EINVAL: the name is
   * empty, `/`, or has `..`.
   */
  trackCgroup(family: number, name: string): Answer<void>;
  /**
   * The same for a cgroup that somebody else has made, and in which the family is or will be born: it
   * is not made where it is not, and nobody is moved.
   */
  adoptCgroup(family: number, name: string): Answer<void>;
  /** What a family's cgroup counted; undefined: it has none that counts. */
  usage(family: number): Answer<CgroupUsage | undefined>;
  /** Ends eyrie-families. Own cgroups with processes in them stay. */
  close(): void;
}

/** How to start it. */
export interface ProcessTableOptions {
  /** Whether the kernel's events are used where they can be; true where undefined. */
  readonly events?: boolean;
  /** Bytes that events may take in the kernel before it drops them; 32 MiB where undefined. */
  readonly eventBuffer?: number;
}
