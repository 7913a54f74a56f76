import { corocall, type Entry, fresh, runningTask, settle } from "../invoke.ts";
import { Frame, link, type Run, suspended } from "../kernel/frame.ts";
import { state } from "../kernel/state.ts";
import type { KernelTask, Operation } from "../kernel/task.ts";
import { eagerly, type Runner, startBare, startOutside } from "../runner.ts";
import { type CompiledCode, NATIVE_TICKS } from "./code.ts";
import { firstAwait } from "./first-await.ts";
import { awaitCall, awaitSyncResult, forAwait, type Iteration, isObject, notAnObject } from "./iteration.ts";
import { close, nativeDelegate } from "./native-iteration.ts";
import { giveTurn, nativeAwait } from "./native-ticks.ts";
import { Abrupt, type Inner, produceFor, production } from "./production.ts";

const NEXT = 0;
const THROW = 1;
const RETURN = 2;

const stateKey: unique symbol = Symbol("state");

/**
 * A compiled async generator. Its body runs on the task of whoever asks, as part of that task's call stack: context,
 * cancellation and errors are the consumer's. Requests are served one at a time, first come, first served.
 */
class GeneratorState implements Operation {
	readonly label = "an async generator";
	readonly code: CompiledCode;
	body: Generator<unknown> | null;
	begun = false;
	busy = false;
	/** What the body's `yield*` is asking. */
	#inner: Inner | null = null;
	readonly waiting: KernelTask[] = [];

	constructor(body: Generator<unknown>, code: CompiledCode) {
		this.body = body;
		this.code = code;
	}

	abort(task: KernelTask): boolean {
		this.waiting.splice(this.waiting.indexOf(task), 1);
		return true;
	}

	/** One request, as a call on the running task. */
	request(kind: number, value: unknown): unknown {
		const task = runningTask("An async generator");
		if (!this.busy) return this.#serve(task, kind, value);
		task.checkpoint();
		this.waiting.push(task);
		task.park(this);
		const frame = new Frame(runTurn, this.code, this, kind, value);
		frame.deliveries = task.deliveries;
		return link(frame);
	}

	/** Called when the run ends while the body waits at a `yield`. */
	close(): unknown {
		return this.request(RETURN, undefined);
	}

	turn(kind: number, value: unknown): unknown {
		return this.#serve(state.task as KernelTask, kind, value);
	}

	#serve(task: KernelTask, kind: number, value: unknown): unknown {
		this.busy = true;
		const frame = new Frame(runBody, this.code, this);
		frame.deliveries = task.deliveries;
		if (kind !== RETURN) return this.#advance(frame, kind, value);
		if ((this.code.flags & NATIVE_TICKS) !== 0) return this.#returnNatively(frame, value);
		if (this.#inner !== null) return this.#returnInner(frame, this.#inner, value);
		// `return(v)` awaits `v` first, wherever the body stands.
		let awaited: unknown;
		try {
			awaited = state.limit === 0 ? firstAwait(() => settle(value)) : settle(value);
		} catch (error) {
			return this.#advance(frame, THROW, error);
		}
		if (awaited !== suspended) return this.#advance(frame, RETURN, awaited);
		frame.run = runReturn;
		return link(frame);
	}

	/**
	 * `return` of a generator that stands in `yield*` goes to the inner iterator first. The body cannot do that itself:
	 * a generator that suspends while it returns is gone on with normally by the `yield*` around it.
	 */
	#returnInner(frame: Frame, inner: Inner, value: unknown): unknown {
		let result: unknown;
		try {
			const method = inner.iterator.return as ((...args: unknown[]) => unknown) | undefined | null;
			if (method === undefined || method === null) {
				this.#inner = null;
				return this.#serve(state.task as KernelTask, RETURN, value);
			}
			const ask = (): unknown =>
				inner.sync
					? awaitSyncResult(Reflect.apply(method, inner.iterator, [value]), null)
					: awaitCall(method, inner.iterator, [value]);
			result = state.limit === 0 ? firstAwait(ask) : ask();
		} catch (error) {
			return this.#advance(frame, THROW, new Abrupt(error));
		}
		if (result !== suspended) return this.returnedInner(frame, result);
		frame.run = runInnerReturn;
		return link(frame);
	}

	returnedInner(frame: Frame, result: unknown): unknown {
		let done: boolean | undefined;
		let value: unknown;
		try {
			if (!isObject(result)) throw notAnObject(result);
			done = (result as IteratorResult<unknown>).done;
			value = (result as IteratorResult<unknown>).value;
		} catch (error) {
			return this.#advance(frame, THROW, new Abrupt(error));
		}
		if (done) return this.#advance(frame, RETURN, value);
		this.#release();
		return { value, done: false };
	}

	/** The value is awaited wherever the body stands, and once more where `yield*` asks what cannot return. */
	#returnNatively(frame: Frame, value: unknown): unknown {
		try {
			nativeAwait(value);
		} catch (error) {
			return this.#advance(frame, THROW, error);
		}
		frame.run = runNativeReturn;
		return link(frame);
	}

	returnInnerNatively(frame: Frame, value: unknown): unknown {
		const inner = this.#inner;
		if (inner === null) return this.#advance(frame, RETURN, value);
		try {
			if (close(inner, [value])) frame.run = runInnerReturn;
			else {
				this.#inner = null;
				return this.#returnNatively(frame, value);
			}
		} catch (error) {
			return this.#advance(frame, THROW, new Abrupt(error));
		}
		return link(frame);
	}

	/** Steps the body until it suspends, produces or ends. */
	advance(frame: Frame, kind: number, value: unknown): unknown {
		return this.#advance(frame, kind, value);
	}

	#advance(frame: Frame, kind: number, value: unknown): unknown {
		const { body } = this;
		if (body === null || (!this.begun && kind !== NEXT)) {
			this.#end();
			if (kind === THROW) throw value;
			return { value: kind === RETURN ? value : undefined, done: true };
		}
		this.begun = true;
		this.#inner = null;
		let result: IteratorResult<unknown>;
		try {
			result = kind === NEXT ? body.next(value as never) : kind === THROW ? body.throw(value) : body.return(value);
		} catch (error) {
			this.#end();
			throw error;
		}
		if (result.done) {
			this.#end();
			return { value: result.value, done: true };
		}
		if (result.value === production) {
			const given = { value: production.value, done: false };
			production.value = undefined;
			this.#inner = production.inner;
			((state.task as KernelTask).runner as Runner).generators.add(this);
			this.#release();
			return given;
		}
		frame.run = runBody;
		frame.site = result.value as number;
		return link(frame);
	}

	#end(): void {
		this.body = null;
		((state.task as KernelTask).runner as Runner).generators.delete(this);
		this.#release();
	}

	#release(): void {
		const next = this.waiting.shift();
		if (next === undefined) this.busy = false;
		else if ((this.code.flags & NATIVE_TICKS) !== 0) giveTurn(next);
		else next.resume(undefined);
	}
}

const runTurn: Run = (frame, input, thrown) => {
	if (thrown) throw input;
	return (frame.a0 as GeneratorState).turn(frame.a1 as number, frame.a2);
};

const runBody: Run = (frame, input, thrown) =>
	(frame.a0 as GeneratorState).advance(frame, thrown ? THROW : NEXT, input);

const runReturn: Run = (frame, input, thrown) =>
	(frame.a0 as GeneratorState).advance(frame, thrown ? THROW : RETURN, input);

const runNativeReturn: Run = (frame, input, thrown) => {
	const generator = frame.a0 as GeneratorState;
	return thrown ? generator.advance(frame, THROW, input) : generator.returnInnerNatively(frame, input);
};

const runInnerReturn: Run = (frame, input, thrown) => {
	const generator = frame.a0 as GeneratorState;
	return thrown ? generator.advance(frame, THROW, new Abrupt(input)) : generator.returnedInner(frame, input);
};

interface GeneratorObject {
	[stateKey]?: GeneratorState;
}

/** Makes the object that a call of a compiled async generator function gives. */
export function makeAsyncGenerator(body: Generator<unknown>, code: CompiledCode, shell: unknown): object {
	const prototype = shell === undefined ? PRIVATE_PROTOTYPE : (shell as { prototype?: unknown }).prototype;
	const object = makeObject(prototype) as GeneratorObject;
	Object.defineProperty(object, stateKey, { value: new GeneratorState(body, code) });
	return object;
}

/**
 * A generator of the engine that never begins: what it is to structured clones and to inspection, no other object can be.
 * A prototype that is no object counts as the engine's own.
 */
function makeObject(prototype: unknown): object {
	const blank = blanks.get(prototype as object);
	if (blank !== undefined) return blank();
	const object: object = (async function* () {})();
	if (isObject(prototype)) return Object.setPrototypeOf(object, prototype) as object;
	Object.setPrototypeOf(object, EnginePrototype);
	return Object.defineProperties(object, METHODS);
}

/** The methods: awaited by compiled code they are calls on the current task, else they give promises. */
function requester(name: string, kind: number): unknown {
	const entry = function (this: GeneratorObject, _frame: unknown, _input: unknown, value: unknown) {
		return stateOf(this, name).request(kind, value);
	} as unknown as Entry & { shell1: unknown };
	const methods = {
		[name](this: GeneratorObject, value: unknown): unknown {
			const call = (): unknown => eagerly(() => entry.call(this, fresh, undefined, value));
			const caller = state.task;
			return caller === null
				? startOutside(name, call).promise
				: startBare(caller.owner, caller.context, name, call).promise;
		},
	};
	const shell = methods[name];
	entry.shell1 = shell;
	Object.defineProperty(shell, corocall, { value: entry });
	return shell;
}

function stateOf(object: GeneratorObject, name: string): GeneratorState {
	const found = object?.[stateKey];
	if (found === undefined) throw new TypeError(`${name} method called on incompatible receiver ${String(object)}`);
	return found;
}

const EnginePrototype = /* @__PURE__ */ (() => Object.getPrototypeOf(async function* () {}).prototype as object)();

const METHODS: PropertyDescriptorMap = /* @__PURE__ */ Object.fromEntries(
	/* @__PURE__ */ [
		["next", NEXT],
		["return", RETURN],
		["throw", THROW],
	].map(([name, kind]) => [
		name,
		{ value: requester(name as string, kind as number), writable: true, configurable: true },
	]),
);

/** By prototype: the engine's function that makes objects with it. */
const blanks = /* @__PURE__ */ new WeakMap<object, () => object>();

/**
 * The `prototype` of a compiled async generator function. The methods stand in it, for it must inherit from the engine's
 * own: programs find that by way of any generator.
 */
export function makePrototype(): object {
	const blank = async function* (): AsyncGenerator<never> {};
	const prototype = Object.defineProperties(blank.prototype as object, METHODS);
	blanks.set(prototype, blank);
	return prototype;
}

/** Of what a private method gives: no other function has it, so it need not be the program's to see. */
const PRIVATE_PROTOTYPE: object = /* @__PURE__ */ makePrototype();

/** `yield* iterable` in a compiled async generator. */
export function delegate(iterable: unknown, isNative?: boolean): Generator<unknown, unknown, unknown> {
	return isNative ? nativeDelegate(iterable) : delegateTo(forAwait(iterable));
}

function* delegateTo(iteration: Iteration): Generator<unknown, unknown, unknown> {
	const { iterator, next, sync } = iteration;
	const inner = iterator as { return?: unknown; throw?: unknown };
	let kind = NEXT;
	let value: unknown;
	for (;;) {
		const method = (kind === NEXT ? next : inner.throw) as ((...args: unknown[]) => unknown) | undefined | null;
		if (method === undefined || method === null) {
			const close = inner.return;
			if (typeof close === "function") {
				const closing = awaitCall(close as never, iterator, []);
				if (closing === suspended) yield 0;
			}
			throw new TypeError("The iterator does not provide a 'throw' method.");
		}
		const ask = (): unknown =>
			sync
				? awaitSyncResult(Reflect.apply(method, iterator, [value]), iteration)
				: awaitCall(method, iterator, [value]);
		let result = state.limit === 0 ? firstAwait(ask) : ask();
		if (result === suspended) result = yield 0;
		if (!isObject(result)) throw notAnObject(result);
		const { done, value: given } = result as IteratorResult<unknown>;
		if (done) return given;
		try {
			value = yield produceFor(iteration, given);
			kind = NEXT;
		} catch (error) {
			if (error instanceof Abrupt) throw error.error;
			value = error;
			kind = THROW;
		}
	}
}
