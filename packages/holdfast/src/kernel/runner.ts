import type { EventLoop } from "../loops/loop.ts";
import { Cancelled, makeCancelled } from "./cancelled.ts";
import { development } from "./development.ts";
import { type Code, Frame, type Run, suspended } from "./frame.ts";
import { hostContexts } from "./host-context.ts";
import type { Scope } from "./scope.ts";
import { state } from "./state.ts";
import { type KernelTask, RUNNING } from "./task.ts";
import { type Timer, TimerWheel } from "./timers.ts";
import { trace } from "./trace.ts";

/** After this many steps the loop is asked whether the host should have a turn. */
export const SLICE = 64;

/** Why an error has no other recipient than the run's `onReport`. */
export type ReportKind =
	| "unobserved"
	| "suppressed"
	| "late-rejection"
	| "never-awaited"
	| "generator"
	| "hook"
	| "instrument"
	| "deprecation"
	| "hint";

/** A call that was described, and may never be started. */
export interface Described {
	readonly code: Code;
	readonly started: boolean;
	/** Puts it on the list of the scope in which it was made. */
	remember(now: Scope): void;
}

/** Told what the kernel does, if there is one. */
export interface KernelInstrument {
	taskStarted(task: KernelTask): void;
	taskReady(task: KernelTask): void;
	beforeStep(task: KernelTask): void;
	afterStep(task: KernelTask): void;
	taskEnded(task: KernelTask): void;
	scopeEntered(scope: Scope): void;
	scopeLeft(scope: Scope, error: unknown): void;
}

/** What a synchronous run does in the place of the host, for which it cannot wait. */
export interface Blocking {
	/** The thread may be put to sleep. */
	readonly canSleep: boolean;
	/** Parks the running task, to be thrown an error at this await: `kind` says what `what` names, if it is no wait. */
	refuse(task: KernelTask, what: string, kind?: "native" | "sleep" | "task"): typeof suspended;
	/** Waits for a promise if it is that of a task; any other foreign thing is refused. */
	awaitForeign(task: KernelTask, value: unknown): unknown;
	/** The outcome of `Promise.all` and its like, as the promise of a task. */
	combine(kind: "all" | "any" | "race", entries: readonly unknown[]): unknown;
	/** The promise of a task was made: no host can report it in time. */
	made(promise: unknown): void;
	/** The task of a bare call has failed, and nobody has looked at it yet. */
	undecided(task: KernelTask, home: Scope): void;
	/** The body of an owner with such tasks has ended. */
	decide(scope: Scope): void;
}

/**
 * Steps the tasks of one `run()`: a ready queue, the deadlines, and nothing that would belong to the process,
 * so that several runners live side by side on any loop.
 */
export class KernelRunner {
	readonly loop: EventLoop;
	/** Waits for something that virtual time must not overtake: a socket, a worker. */
	outside = 0;
	/** Waits for promises: what settles them is unknown, so a standstill is the host's to see. */
	promises = 0;
	/** Set for a synchronous run. */
	blocking: Blocking | null = null;
	/** Tasks that wait for nothing but their cancellation. */
	forever = 0;
	/** When the runner last looked at the loop's clock: after a pause, and every so many steps. Whole milliseconds: a small integer needs no object. */
	clock = 0;
	/** Whether calls that are never started are looked for. */
	watchful = false;
	/** The call that was described last: most are started before the next one. */
	described: Described | null = null;
	instrument: KernelInstrument | null = null;
	/** Set when the run is over: what comes later is ignored. */
	closed = false;
	#timers: TimerWheel | null = null;
	#armedFor = Number.POSITIVE_INFINITY;
	#takeBack: (() => void) | null = null;
	/** A ring; its length is a power of two. */
	#queue: (KernelTask | undefined)[] = new Array(16).fill(undefined);
	#head = 0;
	#count = 0;
	#scheduled = false;
	readonly #pick: ((count: number) => number) | undefined;
	/** Tasks that are left of the current batch; counted only for a loop that picks. */
	#batch = 0;
	/** Steps since the budget was last looked at. */
	#steps = 0;
	/** A task has given way because the host is to have its turn. */
	#hostDue = false;
	/** The host is to say when it has its turn. */
	#asked = false;
	/** The host has woken a task while none was ready: it had its turn just now, or something of it goes round in microtasks. */
	#woken = false;
	/** When the host last had its turn, as far as is known. */
	#turn = Number.NEGATIVE_INFINITY;
	readonly #drain: () => void = () => this.#run();
	readonly #tick: () => void = () => this.#expire();
	readonly #turned: () => void = () => {
		this.#asked = false;
		this.#steps = 0;
	};

	constructor(loop: EventLoop) {
		this.loop = loop;
		this.#pick = loop.pick?.bind(loop);
	}

	now(): number {
		return this.loop.now();
	}

	/** An error without a recipient. */
	report(_error: unknown, _kind: ReportKind, _task: KernelTask | null, _primary?: unknown): void {}

	/** A call that was described and never started. */
	neverAwaited(_call: { readonly code: Code }, _task: KernelTask | null): void {}

	/** Another call was described: the one before is remembered if it still is not started. */
	describe(next: Described | null, now: Scope): void {
		if (!development) return;
		const { described } = this;
		this.described = next;
		if (described !== null && !described.started) described.remember(now);
	}

	get idle(): boolean {
		return this.#count === 0 && (this.#timers === null || this.#timers.size === 0);
	}

	/** Puts a task at the end of the ready queue; it runs in the next batch. */
	ready(task: KernelTask): void {
		// A run that was given up is over: whoever comes to wake it is late.
		if (this.closed) return;
		const size = this.#queue.length;
		if (this.#count === size) this.#grow();
		this.#queue[(this.#head + this.#count) & (this.#queue.length - 1)] = task;
		this.#count++;
		this.instrument?.taskReady(task);
		if (!this.#scheduled) {
			this.#scheduled = true;
			if (state.task === null) {
				this.clock = Math.ceil(this.loop.now());
				this.#woken = true;
			}
			this.loop.callSoon(this.#drain);
		}
	}

	arm(timer: Timer, when: number): void {
		this.#timers ??= new TimerWheel(this.loop.now());
		this.#timers.arm(timer, when);
		if (when < this.#armedFor) this.#armLoop(when);
	}

	disarm(timer: Timer): void {
		if (this.#timers === null) return;
		this.#timers.disarm(timer);
		// While a task runs the next deadline is often near: the loop's alarm is taken back when there is nothing left to do.
		if (state.task === null) this.rest();
	}

	/** Takes the loop's alarm back if there is nothing that it could be for. */
	rest(): void {
		if (this.#takeBack === null || this.#timers === null || this.#timers.size > 0) return;
		this.#takeBack();
		this.#takeBack = null;
		this.#armedFor = Number.POSITIVE_INFINITY;
	}

	/**
	 * Counts steps of something that does not suspend; tells whether the running task should give way.
	 * Nearly always `false`: the clock is looked at once in a while only.
	 */
	overBudget(steps = 1): boolean {
		this.#steps += steps;
		if (this.#steps < SLICE || !this.#exhausted()) return false;
		this.#hostDue = true;
		return true;
	}

	/** Runs a task that has just been made up to its first suspension, on the native stack of the caller. */
	startNow(task: KernelTask, first: Frame): void {
		const { depth, head, tail } = state;
		// A start needs more of the native stack than a call.
		state.depth = depth + 8;
		if (state.task === null) state.spare = SLICE;
		state.head = state.tail = null;
		task.top = first;
		task.status = RUNNING;
		advance(task);
		state.head = head;
		state.tail = tail;
		state.depth = depth;
		if (state.task === null && this.#count === 0) this.rest();
	}

	/**
	 * Wakes a task in a job that the host has made for it alone: it goes on in that job, as native code does, for what it is
	 * given may be gone by the next one. It takes its place in the queue if others stand there, or if it is the host's turn.
	 */
	answer(task: KernelTask, input: unknown, thrown: boolean): void {
		const isFree = !this.#scheduled && !this.closed && state.task === null && this.#pick === undefined;
		if (isFree && ++this.#steps <= SLICE) {
			// If each answer comes in a turn of its own, the host says so before the steps are used up.
			if (this.#steps === SLICE / 2) this.#askForTurn();
			this.clock = Math.ceil(this.loop.now());
			this.instrument?.taskReady(task);
			this.stepNow(task, input, thrown);
		} else task.resume(input, thrown);
	}

	/** Wakes a parked task and steps it on the spot: for waits whose order is the host's, with an empty native stack. */
	stepNow(task: KernelTask, input: unknown, thrown: boolean): void {
		task.operation = null;
		task.input = input;
		task.thrown = thrown;
		state.depth = 0;
		state.spare = SLICE;
		advance(task);
		if (this.#count === 0) this.rest();
	}

	/** Whether a task that has just suspended is the only one that is ready, and may go on in the same turn: it is taken then. */
	isNext(task: KernelTask): boolean {
		if (this.#count !== 1 || this.#hostDue || this.#pick !== undefined || this.#steps >= SLICE) return false;
		if (this.#queue[this.#head] !== task) return false;
		this.#steps++;
		this.#queue[this.#head] = undefined;
		this.#head = (this.#head + 1) & (this.#queue.length - 1);
		this.#count = 0;
		state.depth = 0;
		state.spare = SLICE;
		return true;
	}

	#grow(): void {
		const old = this.#queue;
		const grown: (KernelTask | undefined)[] = new Array(old.length * 2).fill(undefined);
		for (let index = 0; index < this.#count; index++) grown[index] = old[(this.#head + index) & (old.length - 1)];
		this.#queue = grown;
		this.#head = 0;
	}

	#run(): void {
		try {
			this.#runBatches();
		} catch (error) {
			// A fault of a watcher or a hook: it goes to the host, the other tasks go on.
			if (this.#count > 0) this.loop.callSoon(this.#drain);
			else this.#scheduled = false;
			throw error;
		}
	}

	#runBatches(): void {
		let left = this.#woken ? SLICE : 0;
		this.#woken = false;
		// What becomes ready during a batch stands behind it in the queue: no task gets two steps in one batch.
		while (this.#count > 0) {
			if (this.#hostDue || ++this.#steps > SLICE) {
				if (this.#hostDue || this.#exhausted(left > 0)) {
					this.#hostDue = false;
					this.loop.yieldToHost?.(this.#drain);
				} else {
					this.#woken = left > 0;
					this.loop.callSoon(this.#drain);
				}
				return;
			}
			left--;
			const queue = this.#queue;
			if (this.#pick !== undefined) this.#choose(this.#pick);
			const task = queue[this.#head] as KernelTask;
			queue[this.#head] = undefined;
			this.#head = (this.#head + 1) & (queue.length - 1);
			this.#count--;
			state.depth = 0;
			state.spare = SLICE;
			// A task that iterates a coroutine by hand may stand here without being suspended.
			if (task.operation === null && task.top !== null) advance(task, true);
		}
		this.#scheduled = false;
		this.rest();
	}

	/** Brings another task of the batch to the front; what is left of a batch always stands first in the ring. */
	#choose(pick: (count: number) => number): void {
		const queue = this.#queue;
		if (this.#batch === 0) this.#batch = this.#count;
		const other = (this.#head + pick(this.#batch--)) & (queue.length - 1);
		const first = queue[this.#head];
		queue[this.#head] = queue[other];
		queue[other] = first;
	}

	/**
	 * Whether the host has waited for its turn for longer than a slice; if so, it is taken to get it now. Where the host itself
	 * wakes tasks one by one, a connection after the other, it is asked first: if it has its turns, nobody has to wait for one.
	 */
	#exhausted(isWoken = false): boolean {
		this.#steps = 0;
		const { loop } = this;
		if (loop.yieldToHost === undefined) return false;
		const now = loop.now();
		this.clock = Math.ceil(now);
		if (now - this.#turn < (loop.slice ?? 1)) return false;
		this.#turn = now;
		return !isWoken || !this.#askForTurn();
	}

	/** Has the host say when it has its turn; `false` if it owes that already. */
	#askForTurn(): boolean {
		if (this.#asked) return false;
		this.#asked = true;
		this.loop.yieldToHost?.(this.#turned);
		return true;
	}

	#armLoop(when: number): void {
		this.#takeBack?.();
		this.#armedFor = when;
		this.#takeBack = this.loop.callAt(when, this.#tick);
	}

	#expire(): void {
		this.#takeBack = null;
		this.#armedFor = Number.POSITIVE_INFINITY;
		const timers = this.#timers as TimerWheel;
		timers.advance(this.loop.now());
		const next = timers.next();
		if (next < this.#armedFor) this.#armLoop(next);
	}
}

/** The outermost frame of a task whose call is done but for its value. */
export const passOn: Run = (_frame, input, thrown) => {
	if (thrown) throw input;
	return input;
};

/** Runs a task until it suspends or ends: in the host's async context in which it suspended, and watched by the instruments. */
function advance(task: KernelTask, goesOn = false): void {
	const { hostContext } = task;
	const { instrument } = task.runner;
	if (hostContext === null && instrument === null) {
		step(task, goesOn);
		return;
	}
	task.hostContext = null;
	const run = instrument === null ? step : watchedStep;
	if (hostContext === null) run(task);
	else hostContext.run(run, task);
}

/** Instruments are told in the task's async context: what they enter there is the task's. */
function watchedStep(task: KernelTask): void {
	const { instrument } = task.runner;
	instrument?.beforeStep(task);
	step(task);
	instrument?.afterStep(task);
}

const { stopped } = state;

/** The frames that wait for the one that runs now; known in development only. */
let waiting: Frame | null = null;

/** Gives an error that is made now, and thrown by nobody, the path of the running task. */
export function traceHere(error: unknown): void {
	if (development && state.task !== null) trace(error, state.task, waiting, undefined, true);
}

function step(task: KernelTask, goesOn = false): void {
	const before = state.task;
	// A task that was started by the one that runs: that one's frames stand below it.
	const outer = development ? waiting : null;
	const below = development && before !== null && before === task.parent ? outer : undefined;
	state.task = task;
	let frame = task.top as Frame;
	let { input, thrown, wait } = task;
	state.telling = false;
	task.input = undefined;
	task.thrown = false;
	task.top = null;
	task.status = RUNNING;
	if (thrown) {
		if (input instanceof Cancelled) task.deliveries++;
		else if (development) trace(input, task, frame, below, false);
	}
	for (;;) {
		const { parent } = frame;
		if (development) waiting = parent;
		frame.parent = null;
		if (!thrown || !frame.passes) {
			try {
				const value = frame.run(frame, input, thrown);
				if (value !== stopped) {
					input = value;
					thrown = false;
				} else if (development) trace(input, task, parent, below, true);
			} catch (error) {
				if (development) trace(error, task, parent, below, true);
				input = error;
				thrown = true;
			}
		}
		if (input === suspended && !thrown) {
			if (state.tail === null) {
				// The frame is done, but for the value that it returned and that is awaited at its tail.
				task.top = parent ?? new Frame(passOn, frame.code);
			} else {
				state.tail.parent = parent;
				task.top = state.head;
				state.head = state.tail = null;
			}
			if (hostContexts.capture !== null) task.hostContext = hostContexts.capture();
			else if (goesOn && task.operation === null && !task.thrown && task.runner.isNext(task)) {
				frame = task.top as Frame;
				({ input, wait } = task);
				task.input = undefined;
				task.top = null;
				state.telling = false;
				continue;
			}
			break;
		}
		if (task.wait !== wait) {
			// The frame has ended although it had parked the task.
			const { operation } = task;
			task.operation = null;
			task.input = undefined;
			task.thrown = false;
			operation?.abort(task, makeCancelled({ kind: "explicit", scope: task.scope }));
			wait = task.wait;
			state.telling = false;
			input = task.misuse(frame);
			thrown = true;
		}
		// Whoever was thrown `Cancelled` and returns all the same does not take its caller along,
		// unless the caller is the cancelled scope itself, which is left here.
		if (!thrown && task.deliveries > frame.deliveries) {
			const blame = task.interruption;
			if (blame !== null && parent?.scope !== blame) {
				task.deliveries++;
				input = blame.cancelled;
				thrown = true;
			}
		}
		if (parent === null) {
			task.finish(input, thrown);
			break;
		}
		frame = parent;
	}
	if (development) waiting = outer;
	state.task = before;
}
