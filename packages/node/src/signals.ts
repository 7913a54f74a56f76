import { type InterruptName, takeInterrupts } from "holdfast";
import { EventSource, type EventStore, type HostEvents } from "./host-events.ts";
import { checkSignal } from "./signal-names.ts";

/** So many signals wait to be taken; after that one of each name is enough. */
const LIMIT = 1_024;
const INTERRUPTS: ReadonlySet<string> = /* @__PURE__ */ new Set(["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Listens to signals of the system, from the call on, for one consumer: gives their names, in order. What comes while the
 * loop is busy waits; nothing is lost. While it is open they go here: they neither end the process, nor cancel a run with
 * `signals: true`. At its end they do what they did before.
 *
 * Ends when the loop is left, with `close()`, and at the end of the owner of this call. To wait for one Ctrl-C, see
 * `waitForInterrupt`. (Trio's `open_signal_receiver`.)
 *
 * @throws TypeError for what is no signal of this system, or one that nobody can listen to (SIGKILL, SIGSTOP);
 * ScopeMisuseError outside of a task
 * @example
 * for await (const _ of signals("SIGHUP")) await reloadConfiguration();
 */
export function signals<Name extends NodeJS.Signals>(...names: [Name, ...Name[]]): HostEvents<Name> {
	if (names.length === 0) throw new TypeError('signals: no signal was given; pass names: signals("SIGHUP").');
	for (const name of names) {
		checkSignal("signals: one of the names", name);
		if (name === "SIGKILL" || name === "SIGSTOP")
			throw new TypeError(`signals: nobody can listen to ${name}: the system acts on it without asking.`);
	}
	const store = new Signals();
	return new EventSource("signals", store, (source) => {
		const arrived = (name: string): true => {
			store.add(name);
			source.arrived();
			return true;
		};
		const all = [...new Set<string>(names)];
		const interrupts = all.filter((name) => INTERRUPTS.has(name)) as InterruptName[];
		const others = all.filter((name) => !INTERRUPTS.has(name));
		const release = interrupts.length === 0 ? undefined : takeInterrupts(interrupts, arrived);
		for (const name of others) process.on(name, arrived);
		return () => {
			release?.();
			for (const name of others) process.off(name, arrived);
		};
	}) as unknown as HostEvents<Name>;
}

/** Signals that nobody has taken yet. */
class Signals implements EventStore<string> {
	readonly #names: string[] = [];

	add(name: string): void {
		// The system itself does not count signals that come faster than they are heard.
		if (this.#names.length < LIMIT || !this.#names.includes(name)) this.#names.push(name);
	}

	take(): string | undefined {
		return this.#names.shift();
	}
}
