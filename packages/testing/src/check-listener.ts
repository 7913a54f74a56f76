import { type Awaitable, checkpoint, withCancelScope, withTaskGroup } from "holdfast";
import type { CheckedStream } from "./check-stream.ts";
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
} from "./contract.ts";

/** What `checkListener` asks of a listener. Calls may give values, promises or coroutines. */
export interface CheckedListener {
	accept(): Awaitable<CheckedStream>;
	close(): Awaitable<unknown>;
}

/** What `checkListener` needs: a new listener, and a way to connect to it. */
export interface ListenerSubject {
	readonly listener: CheckedListener;
	connect(): Awaitable<CheckedStream>;
}

/**
 * The contract of listeners, as a suite that any listener can be run through: every connection is given once, in order and
 * never lost by a cancellation; closing wakes who waits, leaves accepted connections alone, and turns others away.
 *
 * @throws ContractError that lists every broken rule
 * @throws RangeError for NaN and negative patience
 * @example
 * await checkListener(async () => {
 *   const listener = await listen({ port: 0 });
 *   return { listener, connect: () => connect({ port: listener.address.port }) };
 * });
 */
export async function checkListener(
	makeListener: () => Awaitable<ListenerSubject>,
	{ patience = 5_000 }: ContractOptions = {},
): Promise<void> {
	await checkContract("listener", RULES, makeListener, ({ listener }) => listener.close(), patience);
}

const RULES: Record<string, Rule<ListenerSubject>> = {
	*"accept gives the other end of a connection"({ listener, connect }) {
		const client = yield* ask(connect);
		const server = yield* ask(() => listener.accept());
		yield* sends(client, server, 1);
		yield* sends(server, client, 2);
		yield* closeBoth(client, server);
	},

	*"accept waits until somebody connects"({ listener, connect }) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			let isOver = false;
			const accepting = group.spawn(function* (): Generator<never, CheckedStream, unknown> {
				const stream = yield* ask(() => listener.accept());
				isOver = true;
				return stream;
			});
			yield* settle();
			same("whether accept was over before anybody connected", isOver, false);
			const client = yield* ask(connect);
			yield* closeBoth(client, yield* accepting);
		});
	},

	*"connections are given in the order in which they came, each once"({ listener, connect }) {
		for (const number of [1, 2, 3]) {
			const client = yield* ask(connect);
			yield* ask(() => client.write(Uint8Array.of(number)));
			yield* settle();
		}
		for (const number of [1, 2, 3]) {
			const server = yield* ask(() => listener.accept());
			same("what the connection says", (yield* ask(() => server.read()))?.[0], number);
			yield* ask(() => server.close());
		}
	},

	*"tasks that wait in accept get one connection each, those first that wait longest"({ listener, connect }) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const order: number[] = [];
			for (const number of [1, 2, 3]) {
				group.spawn(function* (): Generator<never, void, unknown> {
					const stream = yield* ask(() => listener.accept());
					order.push(number);
					yield* ask(() => stream.close());
				});
				yield* settle();
			}
			for (let count = 0; count < 3; count++) {
				yield* ask(connect);
				yield* settle();
			}
			same("the order", order.join(), "1,2,3");
		});
	},

	*"a cancelled accept loses no connection, whenever it is cancelled"({ listener, connect }) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const accepting = group.spawn(() => listener.accept());
			yield* settle();
			accepting.cancel();
			yield* settle();
			const client = yield* ask(connect);
			const server = yield* ask(() => listener.accept());
			yield* sends(client, server, 9);
			yield* closeBoth(client, server);
		});
		for (let turns = 0; turns < 8; turns++)
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				let server: CheckedStream | undefined;
				const accepting = group.spawn(function* (): Generator<never, void, unknown> {
					server = yield* ask(() => listener.accept());
				});
				yield* checkpoint();
				const client = yield* ask(connect);
				for (let turn = 0; turn < turns; turn++) yield* checkpoint();
				accepting.cancel();
				yield* settle();
				server ??= yield* ask(() => listener.accept());
				yield* sends(client, server, turns);
				yield* closeBoth(client, server);
			});
	},

	*"in a cancelled scope accept throws, and takes no connection"({ listener, connect }) {
		const client = yield* ask(connect);
		yield* settle();
		yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
			scope.cancel();
			yield* ask(() => listener.accept());
			fail("it went on");
		});
		const server = yield* ask(() => listener.accept());
		yield* sends(client, server, 3);
		yield* closeBoth(client, server);
	},

	*"close() wakes all who wait in accept, by ClosedResourceError, and so does accept afterwards"({ listener }) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const waiting = [1, 2].map(() =>
				group.spawn(function* (): Generator<never, unknown, unknown> {
					try {
						return yield* ask(() => listener.accept());
					} catch (error) {
						return error;
					}
				}),
			);
			yield* settle();
			yield* ask(() => listener.close());
			for (const task of waiting) checkError("ClosedResourceError", "accept", yield* task);
		});
		yield* ask(() => listener.close());
		yield* expectError("ClosedResourceError", "accept after close()", () => listener.accept());
	},

	*"close() leaves connections that were accepted alone"({ listener, connect }) {
		const client = yield* ask(connect);
		const server = yield* ask(() => listener.accept());
		yield* ask(() => listener.close());
		yield* sends(client, server, 4);
		yield* sends(server, client, 5);
		yield* closeBoth(client, server);
	},

	*"once close() has returned, nobody can connect, and who was not accepted is turned away"({ listener, connect }) {
		const early = yield* ask(connect);
		yield* settle();
		yield* ask(() => listener.close());
		let chunk: Uint8Array | undefined;
		try {
			chunk = yield* ask(() => early.read());
		} catch (error) {
			checkError("BrokenResourceError", "a connection that nobody accepted", error);
		}
		same("what a connection that nobody accepted reads", chunk, undefined);
		yield* ask(() => early.close());
		let late: CheckedStream | undefined;
		try {
			late = yield* ask(connect);
		} catch {
			return;
		}
		yield* ask(() => late.close());
		fail("one has connected afterwards");
	},

	*"in a cancelled scope close() closes all the same"({ listener }) {
		yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
			scope.cancel();
			yield* ask(() => listener.close());
		});
		yield* expectError("ClosedResourceError", "accept after close() in a cancelled scope", () => listener.accept());
	},
};

function* sends(from: CheckedStream, to: CheckedStream, number: number): Generator<never, void, unknown> {
	yield* ask(() => from.write(Uint8Array.of(number)));
	same("what came over the connection", (yield* ask(() => to.read()))?.[0], number);
}

function* closeBoth(one: CheckedStream, other: CheckedStream): Generator<never, void, unknown> {
	yield* ask(() => one.close());
	yield* ask(() => other.close());
}
