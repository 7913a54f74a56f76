import { isOpenGroup, leaveGroup } from "../group.ts";
import { type Begin, beginGenerator, iterate, Lazy } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import { type Code, suspended } from "../kernel/frame.ts";
import { state } from "../kernel/state.ts";
import { keep } from "../kernel/suppressed.ts";
import { firstAwait } from "./first-await.ts";
import { awaitCall } from "./iteration.ts";

type Dispose = () => unknown;

const syncKey: symbol = Symbol.dispose ?? Symbol.for("Symbol.dispose");
const asyncKey: symbol = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** What the end of a block disposes of. */
export interface Resource {
	readonly value: unknown;
	readonly dispose: Dispose;
	/** The method is the sync one, and `await using` found no other. */
	readonly fallsBack: boolean;
	readonly isAsync: boolean;
}

/** The resources of one block: disposed in reverse order, whatever fails. */
export class Disposer {
	protected readonly resources: Resource[] = [];
	protected failure: { error: unknown } | null = null;
	/** Some `await using` has been evaluated, if only for `null`: the end of the block is an await. */
	#awaits = false;

	/** `using x = value` */
	use<T>(value: T): T {
		return this.#add(value, syncKey, undefined);
	}

	/** `await using x = value` */
	useAsync<T>(value: T): T {
		this.#awaits = true;
		return this.#add(value, asyncKey, syncKey);
	}

	/** The block was left by an error; `dispose` throws it on. */
	failed(error: unknown): void {
		this.fail(error);
	}

	disposeSync(): void {
		for (const { value, dispose } of this.resources.reverse()) {
			try {
				Reflect.apply(dispose, value, []);
			} catch (error) {
				this.fail(error);
			}
		}
		this.finish();
	}

	/** Disposes of everything: `suspended`, or nothing. */
	dispose(): unknown {
		return state.limit === 0 && this.#awaits ? firstAwait(() => this.begin()) : this.begin();
	}

	protected begin(): unknown {
		return beginGenerator(this.disposeAll(), DISPOSAL);
	}

	protected *disposeAll(): Generator<unknown, void> {
		for (const { value, dispose, fallsBack } of this.resources.reverse()) {
			try {
				// What a sync method gives is not awaited, as in the language.
				if (fallsBack && !isOpenGroup(value)) Reflect.apply(dispose, value, []);
				else yield* call(new Lazy(beginDispose, DISPOSAL, value, dispose, this.failure));
			} catch (error) {
				this.fail(error);
			}
		}
		this.finish();
	}

	#add<T>(value: T, key: symbol, other: symbol | undefined): T {
		if (value === null || value === undefined) return value;
		const methods = value as unknown as Record<symbol, unknown>;
		const preferred = methods[key];
		const dispose = preferred ?? (other === undefined ? undefined : methods[other]);
		if (typeof dispose !== "function")
			throw new TypeError(`Symbol(${key === asyncKey ? "Symbol.asyncDispose" : "Symbol.dispose"}) is not a function`);
		const isAsync = key === asyncKey;
		const fallsBack = isAsync && (preferred === undefined || preferred === null);
		this.resources.push({ value, dispose: dispose as Dispose, fallsBack, isAsync });
		return value;
	}

	/** The first error is thrown, the others are kept with it; an error of cleanup wins over a bare cancellation. */
	protected fail(error: unknown): void {
		if (this.failure === null) this.failure = { error };
		else if (this.failure.error instanceof Cancelled && !(error instanceof Cancelled)) this.failure.error = error;
		else if (!(error instanceof Cancelled)) keep(this.failure.error, error, state.task);
	}

	protected finish(): void {
		if (this.failure !== null) throw this.failure.error;
	}
}

/** As `yield*` takes it. */
function call(lazy: Lazy<unknown>): Iterable<never> {
	return { [Symbol.iterator]: () => iterate(lazy) };
}

const DISPOSAL: Code = { name: "disposal", place: () => undefined };

const beginDispose: Begin = (frame) => {
	const value = frame.a0;
	const failure = frame.a2 as { error: unknown } | null;
	if (isOpenGroup(value)) return leaveGroup(value, failure !== null, failure?.error);
	const result = awaitCall(frame.a1 as Dispose, value, []);
	return result === suspended ? result : undefined;
};
