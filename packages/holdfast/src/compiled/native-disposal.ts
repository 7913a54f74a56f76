import { isOpenGroup, leaveGroup } from "../group.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import { suspended } from "../kernel/frame.ts";
import { state } from "../kernel/state.ts";
import type { KernelTask } from "../kernel/task.ts";
import { Disposer, type Resource } from "./disposal.ts";
import { awaitCall, awaitMethod, nativeAwait, pass } from "./native-ticks.ts";

/** The same in native ticks: awaits what the engine awaits, and throws what the language throws. */
export class NativeDisposer extends Disposer {
	override useAsync<T>(value: T): T {
		if (value !== null && value !== undefined) return super.useAsync(value);
		this.resources.push({ value, dispose: nothing, fallsBack: false, isAsync: true });
		return value;
	}

	override dispose(): unknown {
		return this.begin();
	}

	protected override *disposeAll(): Generator<unknown, void> {
		// `await using x = null` costs one tick in a block, unless something else takes one.
		let owes = false;
		let awaited = false;
		for (const resource of this.resources.reverse()) {
			const { value, dispose, isAsync } = resource;
			try {
				if (dispose === nothing) owes = true;
				else if (isAsync) {
					this.#begin(resource);
					awaited = true;
					yield suspended;
				} else {
					if (owes && !awaited) {
						owes = false;
						nativeAwait(undefined);
						yield suspended;
					}
					Reflect.apply(dispose, value, []);
				}
			} catch (error) {
				this.fail(error, isOpenGroup(value));
			}
		}
		if (owes && !awaited) {
			nativeAwait(undefined);
			yield suspended;
		}
		this.finish();
	}

	/** A `SuppressedError` stands around two failures. A cancellation is no failure, and is never put into one. */
	protected override fail(error: unknown, isGroup = false): void {
		const { failure } = this;
		// A group that was told of the failure throws it on.
		const isSame = isGroup && failure?.error === error;
		if (failure === null || isSame || failure.error instanceof Cancelled) super.fail(error);
		else if (!(error instanceof Cancelled)) failure.error = suppress(error, failure.error);
	}

	#begin({ value, dispose, fallsBack }: Resource): void {
		const { failure } = this;
		if (isOpenGroup(value)) awaitCall(() => leaveGroup(value, failure !== null, failure?.error));
		else if (fallsBack) disposeSync(value, dispose);
		else awaitMethod(dispose, value, []);
	}
}

function nothing(): void {}

/** Hosts that do not know `using` have no such class: then an error of its shape. */
function suppress(error: unknown, suppressed: unknown): Error {
	const text = "An error was suppressed during disposal";
	if (typeof SuppressedError === "function") return new SuppressedError(error, suppressed, text);
	const hidden = (value: unknown): PropertyDescriptor => ({ value, writable: true, configurable: true });
	return Object.defineProperties(new Error(text), {
		name: hidden("SuppressedError"),
		error: hidden(error),
		suppressed: hidden(suppressed),
	});
}

/** A sync method that stands in for the async one: what it throws is the rejection of a promise. */
function disposeSync(value: unknown, dispose: () => unknown): void {
	const task = state.task as KernelTask;
	try {
		Reflect.apply(dispose, value, []);
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		pass(task, error, true);
		return;
	}
	pass(task, undefined, false);
}

export function disposer(isNative?: boolean): Disposer {
	return isNative ? new NativeDisposer() : new Disposer();
}
