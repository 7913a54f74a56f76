import { expectTypeOf, test } from "vitest";
import type { Coroutine } from "./coroutine.ts";
import { fromEvent } from "./from-event.ts";
import { events } from "./streams/events.ts";
import type { Stream } from "./streams/stream.ts";

declare const button: HTMLButtonElement;
declare const emitter: { on(name: string, listener: () => void): void; off(name: string, listener: () => void): void };

test("the type of an event is that of the target's handler", () => {
	expectTypeOf(fromEvent(button, "keydown")).toEqualTypeOf<Coroutine<KeyboardEvent>>();
	expectTypeOf(fromEvent(window, "message")).toEqualTypeOf<Coroutine<MessageEvent>>();
	expectTypeOf(events(button, "pointermove", { passive: true })).toEqualTypeOf<Stream<PointerEvent>>();
	expectTypeOf(events(new WebSocket("ws://host"), "close")).toEqualTypeOf<Stream<CloseEvent>>();
	expectTypeOf(events(new EventTarget(), "ping")).toEqualTypeOf<Stream<Event>>();
	fromEvent(window, "keydown", { accept: (event) => event.key === "Escape" });
	events(window, "wheel", { capacity: 1, overflow: "drop-oldest", accept: (event) => event.preventDefault() });
	// @ts-expect-error a click has no key
	fromEvent(button, "click", { accept: (event) => event.key === "Escape" });
});

test("it can be said, and is unknown for emitters", () => {
	expectTypeOf(fromEvent<CustomEvent<number>>(button, "ping")).toEqualTypeOf<Coroutine<CustomEvent<number>>>();
	expectTypeOf(events<number>(emitter, "data")).toEqualTypeOf<Stream<number>>();
	expectTypeOf(events(emitter, "data")).toEqualTypeOf<Stream<unknown>>();
	expectTypeOf(events<[number, string]>(emitter, "data", { allArguments: true })).toEqualTypeOf<
		Stream<[number, string]>
	>();
});
