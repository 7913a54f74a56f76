/** A connection that is made again when it is lost, and the commands that share it. */
"use structured";

import {
	ClosedResourceError,
	createChannel,
	Event,
	now,
	type Resume,
	Semaphore,
	sleep,
	suspend,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import type { Dial } from "./byte-stream.ts";
import { ConnectionLostError, ReplyError, RespProtocolError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { concatenate, RespPush, type RespValue } from "./resp.ts";
import type { RespLimits } from "./resp-parser.ts";
import { type Greeting, greet, Wire } from "./wire.ts";

/** How a lost connection is made again. Times are in milliseconds. */
export interface ReconnectPolicy {
	/** The pause before the first attempt. Default 50. */
	readonly delay?: number;
	/** Each pause is this many times the one before. Default 2. */
	readonly factor?: number;
	/** No pause is longer. Default 2,000. */
	readonly maxDelay?: number;
	/** Which part of each pause is left to chance, from 0 to 1. Default 0.5. */
	readonly jitter?: number;
	/** How long to try, from the loss on. Then every command fails. Default 30,000. */
	readonly giveUpAfter?: number;
	/** Chance, from 0 to 1, for tests. Default `Math.random`. */
	readonly random?: () => number;
}

export interface LinkOptions {
	readonly dial: Dial;
	readonly greeting: Greeting;
	/** For opening a connection and the greeting. */
	readonly connectTimeout: number;
	readonly reconnect: Required<ReconnectPolicy>;
	readonly limits: RespLimits | undefined;
	/** How many commands may be under way; who comes then waits. */
	readonly maxOutstanding: number;
}

/** What is written in one piece and answered by so many values, to one waiter. */
interface Unit {
	readonly bytes: Uint8Array;
	readonly expected: number;
	readonly isRepeatable: boolean;
	readonly replies: RespValue[];
	/** Undefined when its waiter has left: the answer is thrown away when it comes. */
	resume: Resume<readonly RespValue[]> | undefined;
	isSent: boolean;
	/** Takes up room; what restores subscriptions does not. */
	readonly isCounted: boolean;
}

/** One write carries at most about this much. */
const BATCH = 65_536;

/** These answers to a greeting do not change by trying again. */
const FINAL: ReadonlySet<string> = new Set(["WRONGPASS", "NOAUTH", "NOPERM", "NOPROTO"]);

export class Link {
	readonly #options: LinkOptions;
	readonly #room: Semaphore;
	readonly #waiting: Fifo<Unit> = new Fifo();
	readonly #sent: Fifo<Unit> = new Fifo();
	/** Rung when there is something to write; one ring is kept. */
	readonly #bell = createChannel<true>(1);
	/** Set when it has connected for the first time, or never will. */
	readonly #begun: Event = new Event();
	readonly #ended: Event = new Event();
	#isStarted = false;
	#isConnected = false;
	/** Why nothing can be sent any more. */
	#end: unknown;
	#stop: (() => void) | undefined;
	#failures = 0;
	#reconnects = 0;

	constructor(options: LinkOptions) {
		this.#options = options;
		this.#room = new Semaphore(options.maxOutstanding);
	}

	/** Waits until the first connection stands. */
	async ready(): Promise<void> {
		await this.#begun.wait();
		if (this.#end !== undefined) throw this.#end;
	}

	/** Holds the connection until `close()`, or until its scope is cancelled; to be run as a task. */
	async run(): Promise<void> {
		this.#isStarted = true;
		try {
			await withCancelScope({ name: "connection" }, async (scope) => {
				this.#stop = () => scope.cancel("closed");
				if (this.#end === undefined) await this.#keep();
			});
		} finally {
			this.#shut(new ClosedResourceError("This client is closed: the scope that it belonged to has ended."));
			this.#ended.set();
		}
	}

	/** Ends the connection, and returns when it is closed. Whoever waits for an answer gets `ClosedResourceError`. */
	async close(): Promise<void> {
		this.#shut(new ClosedResourceError("This client was closed."));
		this.#stop?.();
		if (this.#isStarted) await this.#ended.wait();
	}

	/** @throws the reason why nothing can be sent any more */
	check(): void {
		if (this.#end !== undefined) throw this.#reason("");
	}

	/**
	 * Sends something in its turn, and waits for all its answers. Cancelled before it was sent, it is not sent; later, its answers
	 * are thrown away when they come. Waits for its turn while there is no connection.
	 */
	async request(bytes: Uint8Array, expected: number, isRepeatable: boolean): Promise<readonly RespValue[]> {
		this.check();
		// Without an await where there is room: at an await others may come first, and order is that of the calls.
		if (!this.#room.tryAcquire()) await this.#room.acquire();
		let isQueued = false;
		try {
			this.check();
			return await suspend<readonly RespValue[]>(
				(resume) => {
					const unit: Unit = { bytes, expected, isRepeatable, replies: [], resume, isSent: false, isCounted: true };
					isQueued = true;
					this.#waiting.push(unit);
					this.#ring();
					return () => {
						unit.resume = undefined;
						// The writer passes it by.
						if (!unit.isSent) this.#room.release();
					};
				},
				{ label: "an answer of Redis" },
			);
		} finally {
			if (!isQueued) this.#room.release();
		}
	}

	get statistics(): LinkStatistics {
		return {
			state: this.#end !== undefined ? "closed" : this.#isConnected ? "open" : "connecting",
			waiting: this.#waiting.size,
			sent: this.#sent.size,
			reconnects: this.#reconnects,
		};
	}

	/** What is to be sent first on a new connection, before what waits. */
	protected restore(): readonly Uint8Array[] {
		return [];
	}

	/** Takes a value that is no answer; tells whether it was one of those. */
	protected async received(value: RespValue): Promise<boolean> {
		return value instanceof RespPush;
	}

	/** Is told why it is over. */
	protected ended(_reason: unknown): void {}

	/** Connects, again and again, until nothing helps. */
	async #keep(): Promise<void> {
		const { delay, factor, maxDelay, jitter, giveUpAfter, random } = this.#options.reconnect;
		let giveUpAt = Number.POSITIVE_INFINITY;
		for (;;) {
			const error = await this.#session(giveUpAt);
			if (this.#isConnected) {
				this.#isConnected = false;
				giveUpAt = now() + giveUpAfter;
				this.#lost(error);
			}
			if (!this.#begun.isSet) return this.#shut(error);
			if (error instanceof ReplyError && FINAL.has(error.code)) return this.#giveUp("the server refuses us", error);
			const pause = Math.min(delay * factor ** this.#failures++, maxDelay) * (1 - jitter * random());
			if (now() + pause >= giveUpAt) return this.#giveUp(`there was none again within ${giveUpAfter} ms`, error);
			await sleep(pause);
		}
	}

	/** One connection, from its opening to its end; gives why it ended. The connection lives in this scope. */
	async #session(giveUpAt: number): Promise<unknown> {
		const { dial, greeting, limits, connectTimeout } = this.#options;
		const timeout = Math.max(0, Math.min(connectTimeout, giveUpAt - now()));
		let reason: unknown = new ConnectionLostError(`There was no connection within ${timeout} ms.`, false, undefined);
		await withCancelScope({ timeout }, async (scope) => {
			try {
				const wire = new Wire(await dial(), limits);
				try {
					await greet(wire, greeting);
					scope.deadline = Number.POSITIVE_INFINITY;
					if (this.#begun.isSet) this.#reconnects++;
					this.#isConnected = true;
					this.#begun.set();
					await this.#serve(wire);
				} finally {
					await wire.close();
				}
			} catch (error) {
				reason = error;
			}
		});
		return reason;
	}

	async #serve(wire: Wire): Promise<void> {
		const restored = this.restore().map(
			(bytes): Unit => ({
				bytes,
				expected: 1,
				isRepeatable: false,
				replies: [],
				resume: undefined,
				isSent: true,
				isCounted: false,
			}),
		);
		for (const unit of restored) this.#sent.push(unit);
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				if (restored.length > 0) await wire.send(concatenate(restored.map((unit) => unit.bytes)));
				await this.#write(wire);
			});
			for (;;) await this.#take(wire, await wire.next());
		});
	}

	async #write(wire: Wire): Promise<void> {
		for (;;) {
			const parts: Uint8Array[] = [];
			for (let size = 0; size < BATCH; ) {
				const unit = this.#waiting.shift();
				if (unit === undefined) break;
				if (unit.resume === undefined) continue;
				unit.isSent = true;
				this.#sent.push(unit);
				parts.push(unit.bytes);
				size += unit.bytes.length;
			}
			if (parts.length > 0) await wire.send(concatenate(parts));
			else await this.#bell.receiver.receive();
		}
	}

	async #take(wire: Wire, value: RespValue): Promise<void> {
		if (await this.received(value)) return;
		const unit = this.#sent.peek();
		if (unit === undefined) throw new RespProtocolError("there is an answer that nobody has asked for", wire.position);
		if (unit.replies.push(value) < unit.expected) return;
		this.#sent.shift();
		if (unit.isCounted) this.#failures = 0;
		this.#done(unit)?.(unit.replies);
	}

	#done(unit: Unit): Resume<readonly RespValue[]> | undefined {
		if (unit.isCounted) this.#room.release();
		return unit.resume;
	}

	/** What was sent and not answered fails, or is sent once more. */
	#lost(cause: unknown): void {
		const again: Unit[] = [];
		for (const unit of this.#sent.takeAll()) {
			if (unit.isRepeatable && unit.resume !== undefined) {
				unit.replies.length = 0;
				unit.isSent = false;
				again.push(unit);
				continue;
			}
			const text = "The connection to Redis was lost before the answer came: the command may have been carried out.";
			this.#done(unit)?.throw(new ConnectionLostError(text, true, cause));
		}
		this.#waiting.putBack(again);
		if (again.length > 0) this.#ring();
	}

	#giveUp(why: string, cause: unknown): void {
		this.#shut(new ConnectionLostError(`The connection to Redis was lost, and ${why}.`, false, cause));
	}

	/** From now on everything fails by this. */
	#shut(reason: unknown): void {
		if (this.#end !== undefined) return;
		this.#end = reason;
		this.#begun.set();
		this.ended(reason);
		for (const unit of this.#sent.takeAll())
			this.#done(unit)?.throw(this.#reason(" The command was sent, and may have been carried out."));
		for (const unit of this.#waiting.takeAll())
			if (unit.resume !== undefined) this.#done(unit)?.throw(this.#reason(" The command was not sent."));
	}

	/** An error for each who is told, so that each has a stack of its own. */
	#reason(more: string): Error {
		const { message, cause } = this.#end as Error;
		return this.#end instanceof ClosedResourceError
			? new ClosedResourceError(message + more)
			: new ConnectionLostError(message + more, false, cause);
	}

	#ring(): void {
		this.#bell.sender.trySend(true);
	}
}

/** What a connection tells about itself. */
export interface LinkStatistics {
	readonly state: "connecting" | "open" | "closed";
	/** Commands that were not sent yet. */
	readonly waiting: number;
	/** Commands that were sent and not answered. */
	readonly sent: number;
	/** How often the connection was lost and made again. */
	readonly reconnects: number;
}
