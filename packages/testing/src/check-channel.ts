import {
	type Awaitable,
	Cancelled,
	checkpoint,
	type Task,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import {
	ask,
	type ContractOptions,
	checkContract,
	checkError,
	expectError,
	fail,
	type Rule,
	same,
	settle,
	show,
} from "./contract.ts";

/** What `checkChannel` asks of the end of a channel that values go in. */
export interface CheckedSender {
	send(value: number): Awaitable<unknown>;
	trySend(value: number): boolean;
	clone(): CheckedSender;
	close(): unknown;
}

/** What `checkChannel` asks of the end of a channel that values come out of. */
export interface CheckedReceiver extends AsyncIterable<number> {
	receive(): Awaitable<number>;
	tryReceive(): { value: number } | undefined;
	clone(): CheckedReceiver;
	close(): unknown;
}

/** Both ends of a channel. */
export interface CheckedChannel {
	readonly sender: CheckedSender;
	readonly receiver: CheckedReceiver;
}

type Make = (capacity: number) => CheckedChannel;

/**
 * The contract of channels, as a suite that any channel can be run through: order, capacity, hand-over, ends and clones, errors
 * by whose fault they are, and no value lost or doubled under cancellation. `makeChannel` is asked for capacities 0, 1 and 3.
 *
 * @throws ContractError that lists every broken rule
 * @throws RangeError for NaN and negative patience
 * @example
 * await checkChannel((capacity) => createChannel(capacity));
 */
export async function checkChannel(makeChannel: Make, { patience = 5_000 }: ContractOptions = {}): Promise<void> {
	if (typeof makeChannel !== "function")
		throw new TypeError("checkChannel() takes a function that makes a channel of a capacity, not a channel.");
	await checkContract(
		"channel",
		RULES,
		() => ({ make: makeChannel }),
		() => undefined,
		patience,
	);
}

const RULES: Record<string, Rule<{ make: Make }>> = {
	*"every value is received once, in order, at every capacity"({ make }) {
		for (const capacity of [0, 1, 3]) {
			const { sender, receiver } = make(capacity);
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				group.spawn(function* (): Generator<never, void, unknown> {
					for (let value = 0; value < 20; value++) yield* ask(() => sender.send(value));
				});
				for (let value = 0; value < 20; value++) {
					same("the next value", yield* ask(() => receiver.receive()), value);
					if (value % 7 === 0) yield* checkpoint();
				}
			});
		}
	},

	*"as many values as the capacity need no receiver, and not one more"({ make }) {
		for (const capacity of [0, 1, 3]) {
			const { sender, receiver } = make(capacity);
			for (let value = 0; value < capacity; value++) same("trySend with room", sender.trySend(value), true);
			same("trySend without room", sender.trySend(99), false);
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				const [sending, isOver] = watched(group, () => sender.send(capacity));
				yield* settle();
				same("whether a send without room was over", isOver(), false);
				for (let value = 0; value <= capacity; value++) same("a value", yield* ask(() => receiver.receive()), value);
				yield* sending;
			});
			same("tryReceive of an empty channel", receiver.tryReceive(), undefined);
		}
	},

	*"trySend and tryReceive hand over to those who wait, and to nobody else"({ make }) {
		const { sender, receiver } = make(0);
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const [receiving] = watched(group, () => receiver.receive());
			yield* settle();
			same("trySend to a receiver that waits", sender.trySend(1), true);
			same("a second trySend", sender.trySend(2), false);
			same("what it received", yield* receiving, 1);
			const [sending] = watched(group, () => sender.send(3));
			yield* settle();
			same("tryReceive from a sender that waits", receiver.tryReceive()?.value, 3);
			same("a second tryReceive", receiver.tryReceive(), undefined);
			yield* sending;
		});
	},

	*"receivers, and senders, that wait have their turn in the order in which they came"({ make }) {
		const { sender, receiver } = make(0);
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const got: string[] = [];
			for (const name of ["a", "b", "c"]) {
				group.spawn(function* (): Generator<never, void, unknown> {
					got.push(`${name}${yield* ask(() => receiver.receive())}`);
				});
				yield* checkpoint();
			}
			yield* settle();
			for (const value of [1, 2, 3]) yield* ask(() => sender.send(value));
			yield* settle();
			same("who received what", got.sort().join(), "a1,b2,c3");
			for (const value of [4, 5, 6]) {
				group.spawn(() => sender.send(value));
				yield* checkpoint();
			}
			yield* settle();
			for (const value of [4, 5, 6]) same("the next value", yield* ask(() => receiver.receive()), value);
		});
	},

	*"when the last sender is closed, the buffer is still received, then EndOfChannelError, and for await ends"({
		make,
	}) {
		const { sender, receiver } = make(3);
		const second = sender.clone();
		sender.trySend(1);
		second.trySend(2);
		sender.close();
		same("a value", yield* ask(() => receiver.receive()), 1);
		second.trySend(3);
		second.close();
		const rest: number[] = [];
		const iterator = receiver[Symbol.asyncIterator]();
		for (;;) {
			const step = yield* ask(() => iterator.next());
			if (step.done) break;
			rest.push(step.value);
		}
		same("what for await gave", rest.join(), "2,3");
		yield* expectError("EndOfChannelError", "receive at the end", () => receiver.receive());
		yield* expectError("EndOfChannelError", "tryReceive at the end", () => receiver.tryReceive());
	},

	*"the end wakes receivers that wait, by EndOfChannelError"({ make }) {
		const { sender, receiver } = make(1);
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const waiting = [1, 2].map(() => group.spawn(() => outcomeOf(() => receiver.receive())));
			yield* settle();
			sender.close();
			for (const task of waiting) checkError("EndOfChannelError", "receive", yield* task);
		});
	},

	*"when the last receiver is closed, senders get BrokenResourceError, waiting or not"({ make }) {
		const { sender, receiver } = make(0);
		const second = receiver.clone();
		receiver.close();
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const waiting = group.spawn(() => outcomeOf(() => sender.send(1)));
			yield* settle();
			second.close();
			checkError("BrokenResourceError", "the send that waited", yield* waiting);
		});
		yield* expectError("BrokenResourceError", "send", () => sender.send(2));
		yield* expectError("BrokenResourceError", "trySend", () => sender.trySend(2));
	},

	*"a closed end refuses everything by ClosedResourceError, wakes its own, and closes again"({ make }) {
		const { sender, receiver } = make(0);
		const mine = sender.clone();
		const yours = receiver.clone();
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const sending = group.spawn(() => outcomeOf(() => mine.send(1)));
			yield* settle();
			mine.close();
			mine.close();
			checkError("ClosedResourceError", "the send that waited", yield* sending);
			const receiving = group.spawn(() => outcomeOf(() => yours.receive()));
			yield* settle();
			yours.close();
			yours.close();
			checkError("ClosedResourceError", "the receive that waited", yield* receiving);
		});
		yield* expectError("ClosedResourceError", "send", () => mine.send(1));
		yield* expectError("ClosedResourceError", "trySend", () => mine.trySend(1));
		yield* expectError("ClosedResourceError", "clone of a sender", () => void mine.clone());
		yield* expectError("ClosedResourceError", "receive", () => yours.receive());
		yield* expectError("ClosedResourceError", "tryReceive", () => yours.tryReceive());
		yield* expectError("ClosedResourceError", "clone of a receiver", () => void yours.clone());
		same("whether the other ends still work", receiver.tryReceive(), undefined);
		same("whether the other ends still work", sender.trySend(1), false);
	},

	*"a cancelled send was not sent, and those behind it go on"({ make }) {
		const { sender, receiver } = make(0);
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const [cancelled] = watched(group, () => sender.send(1));
			yield* checkpoint();
			group.spawn(() => sender.send(2));
			yield* settle();
			cancelled.cancel();
			yield* settle();
			same("the value", yield* ask(() => receiver.receive()), 2);
		});
		same("what is left", receiver.tryReceive(), undefined);
	},

	*"no value is lost or doubled, whenever a receive or a send is cancelled"({ make }) {
		for (const capacity of [0, 1])
			for (let turns = 0; turns < 12; turns++) {
				const { sender, receiver } = make(capacity);
				let isSent = false;
				const got: number[] = [];
				yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
					const receiving = group.spawn(function* (): Generator<never, void, unknown> {
						got.push(yield* ask(() => receiver.receive()));
					});
					if (turns % 2 === 0) yield* checkpoint();
					const sending = group.spawn(function* (): Generator<never, void, unknown> {
						yield* ask(() => sender.send(7));
						isSent = true;
					});
					for (let turn = 0; turn < turns >> 2; turn++) yield* checkpoint();
					if (turns % 4 < 2) receiving.cancel();
					else sending.cancel();
					yield* settle();
					const box = receiver.tryReceive();
					if (box !== undefined) got.push(box.value);
					group.cancel();
				});
				if (isSent && got.length !== 1) fail(`a value that was sent was received ${got.length} times`);
				if (!isSent && got.length !== 0) fail(`a value that was not sent was received ${got.length} times`);
			}
	},

	*"in a cancelled scope send and receive throw before they do anything"({ make }) {
		const { sender, receiver } = make(3);
		sender.trySend(1);
		for (const attempt of [() => sender.send(2), () => receiver.receive()])
			yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
				scope.cancel();
				yield* ask(attempt as () => Awaitable<unknown>);
				fail("it went on");
			});
		same("the only value", receiver.tryReceive()?.value, 1);
		same("what is left", receiver.tryReceive(), undefined);
	},
};

/** Starts a call in a task, and tells whether it is over. */
function watched(group: TaskGroup, fn: () => Awaitable<unknown>): [task: Task<unknown>, isOver: () => boolean] {
	let over = false;
	const task = group.spawn(function* (): Generator<never, unknown, unknown> {
		const value = yield* ask(fn);
		over = true;
		return value;
	});
	return [task, () => over];
}

function* outcomeOf(fn: () => Awaitable<unknown>): Generator<never, unknown, unknown> {
	try {
		return fail(`it gave ${show(yield* ask(fn))}`);
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return error;
	}
}
