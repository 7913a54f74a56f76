import {
	ClosedResourceError,
	type Coroutine,
	checkpoint,
	coroutine,
	createChannel,
	type Receiver,
	type Sender,
} from "holdfast";
import { expect, test } from "vitest";
import { type CheckedChannel, checkChannel } from "./check-channel.ts";
import { ContractError } from "./contract.ts";

test("createChannel keeps the contract", () => checkChannel((capacity) => createChannel(capacity)));

/** Ours, with something broken. */
function broken(
	change: (ends: { sender: Sender<number>; receiver: Receiver<number> }, capacity: number) => object,
): (capacity: number) => CheckedChannel {
	return (capacity) => {
		const ends = createChannel<number>(capacity);
		const changed = change(ends, capacity) as { sender?: object; receiver?: object };
		const over = (end: object, other: object | undefined): object =>
			new Proxy(end, {
				get: (target, key) => {
					const own = other as Record<PropertyKey, unknown> | undefined;
					if (own !== undefined && key in own) return own[key];
					const value = Reflect.get(target, key, target) as unknown;
					return typeof value === "function" ? value.bind(target) : value;
				},
			});
		return {
			sender: over(ends.sender, changed.sender) as Sender<number>,
			receiver: over(ends.receiver, changed.receiver) as Receiver<number>,
		};
	};
}

const slowly = coroutine(function* <T>(fn: () => Coroutine<T>): Generator<never, T, unknown> {
	const value = yield* fn();
	yield* checkpoint();
	return value;
}) as <T>(fn: () => Coroutine<T>) => Coroutine<T>;

const MISTAKES: [string, RegExp, (capacity: number) => CheckedChannel][] = [
	[
		"one place too many",
		/as many values as the capacity .*: trySend without room was true/,
		(capacity) => createChannel(capacity + 1),
	],
	["no buffer at all", /as many values as the capacity .*: trySend with room was false/, () => createChannel(0)],
	[
		"a send that is never over",
		/every value is received once.*: the rule was not over after 500 ms/,
		broken(({ sender }) => ({
			sender: { send: (value: number) => (value === 9 ? new Promise(() => {}) : sender.send(value)) },
		})),
	],
	[
		"values that are doubled",
		/every value is received once, in order/,
		broken(({ sender }) => ({
			sender: {
				send: (value: number) =>
					slowly(() => {
						sender.trySend(value);
						return sender.send(value);
					}),
			},
		})),
	],
	[
		"a receive that is cancelled with its value",
		/no value is lost or doubled, .*: a value that was sent was received 0 times/,
		broken(({ receiver }) => ({ receiver: { receive: () => slowly(() => receiver.receive()) } })),
	],
	[
		"the end as a value",
		/when the last sender is closed.*: receive at the end gave undefined instead of throwing EndOfChannelError/,
		broken(({ receiver }) => ({
			receiver: {
				receive: coroutine(function* (): Generator<never, unknown, unknown> {
					try {
						return yield* receiver.receive();
					} catch (error) {
						if ((error as Error).name === "EndOfChannelError") return undefined;
						throw error;
					}
				}),
			},
		})),
	],
	[
		"a close that does nothing",
		/the end wakes receivers that wait.*: the rule was not over/,
		broken(() => ({ sender: { close: () => {} } })),
	],
	[
		"a close that cannot be repeated",
		/a closed end refuses everything .*: again/,
		broken(({ sender }) => ({
			sender: {
				clone: () => {
					const clone = sender.clone();
					let closed = false;
					return Object.assign(Object.create(clone), {
						send: (value: number) => clone.send(value),
						trySend: (value: number) => clone.trySend(value),
						clone: () => clone.clone(),
						close: () => {
							if (closed) throw new Error("again");
							closed = true;
							clone.close();
						},
					});
				},
			},
		})),
	],
	[
		"the wrong fault",
		/when the last receiver is closed, senders get BrokenResourceError.*: .* threw .* instead of BrokenResourceError/,
		broken(({ sender }) => ({
			sender: {
				send: coroutine(function* (value: number): Generator<never, void, unknown> {
					try {
						yield* sender.send(value);
					} catch (error) {
						if ((error as Error).name === "BrokenResourceError") throw new ClosedResourceError("closed");
						throw error;
					}
				}),
			},
		})),
	],
	[
		"a send that looks at no cancellation",
		/in a cancelled scope send and receive throw .*: it went on/,
		broken(({ sender }) => ({
			sender: { send: (value: number) => (sender.trySend(value) ? undefined : sender.send(value)) },
		})),
	],
];

// All at once: most of the time goes into waiting for what does not happen.
test("every mistake is named", async () => {
	await Promise.all(MISTAKES.map((mistake) => isNamed(...mistake)));
});

async function isNamed(...[name, message, make]: (typeof MISTAKES)[number]): Promise<void> {
	const error = await checkChannel(make, { patience: 500 }).then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	expect(error, name).toBeInstanceOf(ContractError);
	expect((error as ContractError).broken.join("\n")).toMatch(message);
}

test("wrong arguments are named", async () => {
	await expect(checkChannel(createChannel(0) as never)).rejects.toThrow(/a function that makes a channel/);
	await expect(checkChannel(createChannel, { patience: -1 })).rejects.toThrow(RangeError);
});
