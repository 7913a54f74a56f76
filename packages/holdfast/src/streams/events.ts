import { checkEventSource, type EventSourceLike, isEmitter, Listening } from "../from-event.ts";
import { checkPushOptions, PushedStream, type PushOptions } from "./pushed-stream.ts";
import type { Stream } from "./stream.ts";

/** Options of `events`. */
export interface EventsOptions extends PushOptions {
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
 * An `"error"` of an emitter is thrown in its place. (Node's `events.on`, with a bound.)
 * @throws TypeError for what has no listeners
 * @throws RangeError for a capacity that is no whole number from 1
 * @example
 * for await (const event of events<MouseEvent>(canvas, "pointermove", { capacity: 1, overflow: "drop-oldest" })) draw(event);
 */
export function events<T = unknown>(
	source: EventSourceLike,
	name: string | symbol,
	options: EventsOptions = {},
): Stream<T> {
	checkEventSource("events", source);
	checkPushOptions("events", options, ["end", "allArguments"]);
	return new EventStream<T>(source, name, options);
}

class EventStream<T> extends PushedStream<T> {
	readonly #listening: Listening = new Listening();

	constructor(source: EventSourceLike, name: string | symbol, options: EventsOptions) {
		super("events", options);
		const { end = [], allArguments = false } = options;
		const listening = this.#listening;
		listening.add(source, name, (...args) => this.push((allArguments ? args : args[0]) as T));
		if (isEmitter(source) && name !== "error") listening.add(source, "error", (error) => this.finish(true, error));
		for (const last of end) listening.add(source, last, () => this.finish(false));
	}

	protected override stop(): void {
		this.#listening.end();
	}
}
