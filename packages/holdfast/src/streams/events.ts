import {
	checkEventSource,
	type EventOf,
	type EventSourceLike,
	isEmitter,
	LISTEN_OPTIONS,
	Listening,
	type ListenOptions,
} from "../from-event.ts";
import { checkPushOptions, PushedStream, type PushOptions } from "./pushed-stream.ts";
import type { Stream } from "./stream.ts";

/** Options of `events`. */
export interface EventsOptions<T = unknown> extends PushOptions, ListenOptions<T> {
	/** Events that end the stream, such as `"close"` (default: none). */
	end?: readonly (string | symbol)[];
	/** Whether each value is the array of all arguments of the event, instead of the first (default `false`). */
	allArguments?: boolean;
}

/**
 * The events of an `EventTarget` or emitter, as a stream. It listens from the call on, and until it is closed, so that nothing
 * is missed between two reads: what nobody has read yet waits, up to `capacity`. Nobody can make an event wait, so `overflow`
 * says what happens then: `"error"` (the default) ends the stream by `LaggedError`, after what is buffered; `"drop-oldest"` and
 * `"drop-newest"` drop.
 *
 * An `"error"` of an emitter is thrown in its place. (Node's `events.on`, with a bound.) An event has been dispatched when it is
 * read: `accept` is asked before that, and may call `preventDefault()`.
 * @throws TypeError for what has no listeners
 * @throws RangeError for a capacity that is no whole number from 1
 * @example
 * for await (const event of events(canvas, "pointermove", { capacity: 1, overflow: "drop-oldest" })) draw(event);
 */
export function events<Target extends EventTarget, Name extends string>(
	source: Target,
	name: Name,
	options?: EventsOptions<EventOf<Target, Name>> & { allArguments?: false },
): Stream<EventOf<Target, Name>>;
export function events<T = unknown>(
	source: EventSourceLike,
	name: string | symbol,
	options?: EventsOptions<T>,
): Stream<T>;
export function events<T>(source: EventSourceLike, name: string | symbol, options: EventsOptions<T> = {}): Stream<T> {
	checkPushOptions("events", options, ["end", "allArguments", ...LISTEN_OPTIONS]);
	checkEventSource("events", source, options);
	return new EventStream<T>(source, name, options);
}

class EventStream<T> extends PushedStream<T> {
	readonly #listening: Listening = new Listening();

	constructor(source: EventSourceLike, name: string | symbol, options: EventsOptions<T>) {
		super("events", options);
		const { end = [], allArguments = false } = options;
		const listening = this.#listening;
		const failed = (error: unknown): void => this.finish(true, error);
		const valueOf = allArguments ? (args: unknown[]) => args : undefined;
		listening.add(source, name, (value) => this.push(value as T), options, failed, valueOf);
		if (isEmitter(source) && name !== "error") listening.add(source, "error", failed);
		const { capture, passive } = options;
		for (const last of end) listening.add(source, last, () => this.finish(false), { capture, passive });
	}

	protected override stop(): void {
		this.#listening.end();
	}
}
