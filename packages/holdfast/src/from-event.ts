import type { Coroutine } from "./coroutine.ts";
import { fromCallback } from "./from-callback.ts";
import { describe } from "./invoke.ts";

/** What tells of events: an `EventTarget`, or an emitter in the manner of Node's. */
export type EventSourceLike =
	| Pick<EventTarget, "addEventListener" | "removeEventListener">
	| {
			on(name: string, listener: (...args: unknown[]) => void): unknown;
			off(name: string, listener: (...args: unknown[]) => void): unknown;
	  };

/**
 * Waits for the next event of an `EventTarget` or emitter. Of an emitter it gives the first of the event's arguments, and an
 * `"error"` meanwhile is thrown. The listener is there from the await to its end.
 *
 * What comes between two awaits is missed: for all of them use `events` from `holdfast/streams`. (Node's `events.once`.)
 * @throws TypeError for what has no listeners
 * @example
 * const click = await fromEvent<MouseEvent>(button, "click");
 */
export function fromEvent<T = unknown>(source: EventSourceLike, name: string | symbol): Coroutine<T> {
	checkEventSource("fromEvent", source);
	return fromCallback<T>((done) => {
		const listening = new Listening();
		const end = (error: unknown, value?: T): void => {
			listening.end();
			done(error, value);
		};
		if (isEmitter(source) && name !== "error") listening.add(source, "error", (error) => end(error));
		listening.add(source, name, (value) => end(null, value as T));
		return () => listening.end();
	});
}

/** @throws TypeError for what has no listeners */
export function checkEventSource(what: string, source: unknown): void {
	const { addEventListener, removeEventListener, on, off } = (source ?? {}) as Record<string, unknown>;
	const isSource = [addEventListener, removeEventListener].every(isFunction) || [on, off].every(isFunction);
	if (!isSource)
		throw new TypeError(
			`${what}: ${describe(source)} tells of no events; pass an EventTarget, or an emitter with on() and off().`,
		);
}

function isFunction(value: unknown): boolean {
	return typeof value === "function";
}

/** Whether it is no `EventTarget`: then an `"error"` is an error. */
export function isEmitter(source: EventSourceLike): boolean {
	return !isFunction((source as { addEventListener?: unknown }).addEventListener);
}

/** Listeners that come off together. */
export class Listening {
	#off: (() => void)[] = [];

	add(source: EventSourceLike, name: string | symbol, listener: (...args: unknown[]) => void): void {
		const [on, off] = isEmitter(source) ? ["on", "off"] : ["addEventListener", "removeEventListener"];
		const methods = source as unknown as Record<string, (name: string | symbol, listener: unknown) => void>;
		methods[on as string]?.(name, listener);
		this.#off.push(() => methods[off as string]?.(name, listener));
	}

	end(): void {
		for (const off of this.#off.splice(0)) off();
	}
}
