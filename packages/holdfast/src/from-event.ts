import type { Coroutine } from "./coroutine.ts";
import { fromCallback } from "./from-callback.ts";
import { describe } from "./invoke.ts";
import { checkOptions } from "./scopes.ts";

/** What tells of events: an `EventTarget`, or an emitter in the manner of Node's. */
export type EventSourceLike =
	| Pick<EventTarget, "addEventListener" | "removeEventListener">
	| {
			on(name: string, listener: (...args: unknown[]) => void): unknown;
			off(name: string, listener: (...args: unknown[]) => void): unknown;
	  };

/** The type of an `EventTarget`'s event, by its property for a handler: `onclick` for `"click"`. */
export type EventOf<Target, Name extends string> =
	Target extends Record<`on${Name}`, ((this: never, event: infer E) => unknown) | null> ? E : Event;

/** How to listen. */
export interface ListenOptions<T> {
	/**
	 * Is asked while the event is being dispatched: the place for `preventDefault()` and the like, since whoever waits goes on
	 * only afterwards. An event for which it gives `false` is passed over. What it throws is thrown at the await.
	 */
	accept?: ((event: T) => unknown) | undefined;
	/** Whether to hear an `EventTarget`'s events on their way down (default `false`). */
	capture?: boolean | undefined;
	/** Promises an `EventTarget` not to call `preventDefault()`, so that scrolling need not wait (default: the host's). */
	passive?: boolean | undefined;
}

export const LISTEN_OPTIONS: readonly string[] = ["accept", "capture", "passive"];

/**
 * Waits for the next event of an `EventTarget` or emitter. Of an emitter it gives the first of the event's arguments, and an
 * `"error"` meanwhile is thrown. The listener is there from the await to its end, also if that is a cancellation.
 *
 * What comes between two awaits is missed: for all of them use `events` from `holdfast/streams`. (Node's `events.once`.)
 * @throws TypeError for what has no listeners
 * @example
 * const click = await fromEvent(button, "click");
 * const key = await fromEvent(window, "keydown", { accept: (event) => event.key === "Escape" });
 */
export function fromEvent<Target extends EventTarget, Name extends string>(
	source: Target,
	name: Name,
	options?: ListenOptions<EventOf<Target, Name>>,
): Coroutine<EventOf<Target, Name>>;
export function fromEvent<T = unknown>(
	source: EventSourceLike,
	name: string | symbol,
	options?: ListenOptions<T>,
): Coroutine<T>;
export function fromEvent(
	source: EventSourceLike,
	name: string | symbol,
	options: ListenOptions<unknown> = {},
): Coroutine<unknown> {
	checkOptions("fromEvent", options, LISTEN_OPTIONS);
	checkEventSource("fromEvent", source, options);
	return fromCallback<unknown>((done) => {
		const listening = new Listening();
		const end = (error: unknown, value?: unknown): void => {
			listening.end();
			done(error, value);
		};
		if (isEmitter(source) && name !== "error") listening.add(source, "error", end);
		listening.add(source, name, (value) => end(null, value), options, end);
		return () => listening.end();
	});
}

/** @throws TypeError for what has no listeners, and for options that it does not know */
export function checkEventSource(what: string, source: unknown, options: ListenOptions<never>): void {
	const { addEventListener, removeEventListener, on, off } = (source ?? {}) as Record<string, unknown>;
	const isSource = [addEventListener, removeEventListener].every(isFunction) || [on, off].every(isFunction);
	if (!isSource)
		throw new TypeError(
			`${what}: ${describe(source)} tells of no events; pass an EventTarget, or an emitter with on() and off().`,
		);
	const { accept, capture = false, passive = false } = options;
	if (accept !== undefined && !isFunction(accept))
		throw new TypeError(`${what}: accept is ${describe(accept)}; pass a function that is asked about each event.`);
	if (isEmitter(source as EventSourceLike) && (capture || passive))
		throw new TypeError(`${what}: capture and passive are for an EventTarget; ${describe(source)} is an emitter.`);
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

	/** `listener` gets the first argument of each event that `options` accept; `failed` what they throw. */
	add(
		source: EventSourceLike,
		name: string | symbol,
		listener: (value: unknown) => void,
		{ accept, capture, passive }: ListenOptions<never> = {},
		failed?: (error: unknown) => void,
		valueOf: (args: unknown[]) => unknown = ([first]) => first,
	): void {
		const emitter = isEmitter(source);
		const [on, off] = emitter ? ["on", "off"] : ["addEventListener", "removeEventListener"];
		const methods = source as unknown as Record<string, (...args: unknown[]) => void>;
		const heard = (...args: unknown[]): void => {
			const value = valueOf(args);
			try {
				if (accept?.(value as never) === false) return;
			} catch (error) {
				failed?.(error);
				return;
			}
			listener(value);
		};
		// Emitters may take a third argument for something else.
		const how = emitter ? [] : [{ capture, passive }];
		methods[on as string]?.(name, heard, ...how);
		this.#off.push(() => methods[off as string]?.(name, heard, ...how));
	}

	end(): void {
		for (const off of this.#off.splice(0)) off();
	}
}
