import fc from "fast-check";
import { describe, test } from "vitest";
import { createChannel, type Receiver, type Sender } from "../../src/channel.ts";
import { type Coroutine, coroutine } from "../../src/coroutine.ts";
import { BrokenResourceError, ClosedResourceError, EndOfChannelError } from "../../src/errors.ts";
import { PriorityQueue } from "../../src/priority-queue.ts";
import { Queue } from "../../src/queue.ts";
import { select } from "../../src/select.ts";
import { checkpoint, sleep } from "../../src/sleep.ts";
import { holds, Line, notices, type Step, type Steps, World } from "./world.ts";

/** A value knows who has sent it and as which one. */
interface Item {
	readonly sender: number;
	readonly number: number;
}

/** Where values go in at one side and come out at the other. */
interface Pipe {
	send(item: Item): Coroutine<void>;
	receive(): Coroutine<Item>;
	trySend(item: Item): boolean;
	tryReceive(): { value: Item } | undefined;
	close(): void;
	statistics(): { readonly buffered: number; readonly sending: number; readonly receiving: number };
}

type Use = "send" | "receive" | "trySend" | "tryReceive" | "close";
const use = fc.oneof(
	{ weight: 6, arbitrary: fc.constant("send" as const) },
	{ weight: 6, arbitrary: fc.constant("receive" as const) },
	{ weight: 2, arbitrary: fc.constant("trySend" as const) },
	{ weight: 2, arbitrary: fc.constant("tryReceive" as const) },
	{ weight: 1, arbitrary: fc.constant("close" as const) },
);

const ends = [ClosedResourceError, EndOfChannelError, BrokenResourceError];

/** Nothing is lost, doubled, invented or overtaken. */
class Passing extends World<Use> {
	readonly #pipe: Pipe;
	readonly #ordered: boolean;
	readonly #sending = new Line();
	readonly #receiving = new Line();
	#items = 0;
	#sent: Item[] = [];
	#received: Item[] = [];

	constructor(pipe: Pipe, ordered = true) {
		super();
		this.#pipe = pipe;
		this.#ordered = ordered;
	}

	*perform({ op }: Step<Use>, worker: number): Steps<void> {
		try {
			yield* this.#use(op, worker);
		} catch (error) {
			if (!ends.some((type) => error instanceof type)) throw error;
		}
	}

	*#use(op: Use, worker: number): Steps<void> {
		const pipe = this.#pipe;
		const item = { sender: worker, number: ++this.#items };
		if (op === "send") {
			yield* this.wait(
				this.#sending,
				worker,
				() => pipe.statistics().sending,
				() => pipe.send(item),
			);
			this.#sent.push(item);
		} else if (op === "trySend") {
			if (pipe.trySend(item)) this.#sent.push(item);
		} else if (op === "receive") {
			this.#got(
				yield* this.wait(
					this.#receiving,
					worker,
					() => pipe.statistics().receiving,
					() => pipe.receive(),
				),
			);
		} else if (op === "tryReceive") {
			const box = pipe.tryReceive();
			if (box !== undefined) this.#got(box.value);
		} else {
			this.event();
			pipe.close();
			this.event();
		}
	}

	#got(item: Item): void {
		this.must(!this.#received.includes(item), () => "a value was received twice");
		const later = this.#received.find((other) => other.sender === item.sender && other.number > item.number);
		this.must(!this.#ordered || later === undefined, () => "a value was overtaken by one of the same sender");
		this.#received.push(item);
	}

	override rest(): void {
		const { buffered, sending, receiving } = this.#pipe.statistics();
		this.must(sending === this.#sending.size, () => `${sending} wait to send instead of ${this.#sending.size}`);
		this.must(
			receiving === this.#receiving.size,
			() => `${receiving} wait to receive instead of ${this.#receiving.size}`,
		);
		this.must(receiving === 0 || buffered + sending === 0, () => "somebody waits for a value that is there");
		for (const item of this.#received)
			this.must(this.#sent.includes(item), () => "a value came whose sender was told that it did not send it");
		const missing = this.#sent.length - this.#received.length;
		this.must(missing === buffered, () => `${missing} values are on the way, ${buffered} in the buffer`);
	}

	override *end(): Steps<void> {
		try {
			for (let box = this.#pipe.tryReceive(); box !== undefined; box = this.#pipe.tryReceive()) this.#got(box.value);
		} catch (error) {
			if (!ends.some((type) => error instanceof type)) throw error;
		}
		for (const item of this.#sent) this.must(this.#received.includes(item), () => "a value was lost");
	}
}

function ofChannel(capacity: number): Pipe {
	const { sender, receiver } = createChannel<Item>(capacity);
	return {
		send: (item) => sender.send(item),
		receive: () => receiver.receive(),
		trySend: (item) => sender.trySend(item),
		tryReceive: () => receiver.tryReceive(),
		close: () => sender.close(),
		statistics() {
			const { buffered, waitingSenders, waitingReceivers } = receiver.statistics();
			return { buffered, sending: waitingSenders, receiving: waitingReceivers };
		},
	};
}

function ofQueue(queue: Queue<Item>): Pipe {
	return {
		send: (item) => queue.put(item),
		receive: () => queue.get(),
		trySend: (item) => queue.tryPut(item),
		tryReceive: () => queue.tryGet(),
		close: () => queue.shutdown(),
		statistics() {
			const { size, waitingToPut, waitingToGet } = queue.statistics();
			return { buffered: size, sending: waitingToPut, receiving: waitingToGet };
		},
	};
}

/** One task clones and closes ends all the time. */
function ofClones(capacity: number): Pipe {
	const { sender, receiver } = createChannel<Item>(capacity);
	const senders: Sender<Item>[] = [];
	const receivers: Receiver<Item>[] = [];
	const next = <T extends { clone(): T; close(): void }>(end: T, clones: T[]): T => {
		// The one that nobody has used for longest is closed; whoever waits in it gets an error.
		if (clones.length > 6) clones.shift()?.close();
		const clone = end.clone();
		clones.push(clone);
		return clone;
	};
	return {
		...ofChannel(capacity),
		send: (item) => next(sender, senders).send(item),
		receive: () => next(receiver, receivers).receive(),
		trySend: (item) => next(sender, senders).trySend(item),
		tryReceive: () => next(receiver, receivers).tryReceive(),
		close: () => {
			for (const end of senders) end.close();
			sender.close();
		},
		statistics() {
			const { buffered, waitingSenders, waitingReceivers } = receiver.statistics();
			return { buffered, sending: waitingSenders, receiving: waitingReceivers };
		},
	};
}

/** Chooses between this pipe and one in which nothing ever happens, on both sides of it. */
function ofSelect(capacity: number): Pipe {
	const pipe = ofChannel(capacity);
	const idle = createChannel<Item>(0);
	return {
		...pipe,
		send: coroutine(function* (item: Item) {
			yield* select({ idle: idle.receiver.receive(), send: pipe.send(item) });
		}),
		receive: coroutine(function* () {
			return (yield* select([idle.receiver.receive(), pipe.receive()])).value;
		}),
	};
}

const kinds: Record<string, () => Pipe> = {
	"a channel of capacity 0": () => ofChannel(0),
	"a channel of capacity 2": () => ofChannel(2),
	"a channel without bound": () => ofChannel(Number.POSITIVE_INFINITY),
	"clones of a channel": () => ofClones(1),
	"select, capacity 0": () => ofSelect(0),
	"select, capacity 1": () => ofSelect(1),
	Queue: () => ofQueue(new Queue(2)),
};

describe.each(Object.entries(kinds))("%s", (_name, make) => {
	test("loses nothing, doubles nothing, and serves in order", () => holds(use, () => new Passing(make())));
	test("a received value that a cancellation drops is noticed", () =>
		notices(use, () => {
			const pipe = make();
			return new Passing({
				...pipe,
				receive: coroutine(function* () {
					const item = yield* pipe.receive();
					yield* checkpoint();
					return item;
				}),
			});
		}));
	test("a value that is sent although its sender was cancelled is noticed", () =>
		notices(use, () => {
			const pipe = make();
			return new Passing({
				...pipe,
				send: coroutine(function* (item: Item) {
					yield* pipe.send(item);
					yield* sleep(1);
				}),
			});
		}));
	test("one that gives a value twice is noticed", () =>
		notices(use, () => {
			const pipe = make();
			let last: { value: Item } | undefined;
			return new Passing({
				...pipe,
				tryReceive: () => {
					last = pipe.tryReceive() ?? last;
					return last;
				},
			});
		}));
});

describe("PriorityQueue", () => {
	/** What comes out is the least of what was in it. */
	class Sorted extends World<number> {
		readonly #queue: Queue<number>;
		readonly #inside: number[] = [];

		constructor(queue: Queue<number>) {
			super();
			this.#queue = queue;
		}

		*perform({ op, hold }: Step<number>): Steps<void> {
			if (hold > 1) {
				this.event();
				this.#queue.tryPut(op);
				this.#inside.push(op);
				yield* checkpoint();
				return;
			}
			const box = this.#queue.tryGet();
			if (box === undefined) return this.must(this.#inside.length === 0, () => "it hides what is in it");
			this.must(box.value === Math.min(...this.#inside), () => `${box.value} came before ${Math.min(...this.#inside)}`);
			this.#inside.splice(this.#inside.indexOf(box.value), 1);
			yield* checkpoint();
		}
	}

	test("gives the least first", () => holds(fc.nat(9), () => new Sorted(new PriorityQueue<number>((a, b) => a - b))));
	test("one without an order is noticed", () => notices(fc.nat(9), () => new Sorted(new Queue<number>())));
	test("loses nothing and doubles nothing", () =>
		holds(use, () => new Passing(ofQueue(new PriorityQueue<Item>((a, b) => b.number - a.number, 2)), false)));
});
