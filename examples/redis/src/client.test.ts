/** Faults, cancellation and order, with a server in the same program and virtual time. The client is compiled, this file is not. */
import { allBlocked, virtualRun } from "@holdfast/testing";
import {
	all,
	call,
	cleanup,
	LaggedError,
	moveOnAfter,
	now,
	sleep,
	sleepForever,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { describe, expect, it } from "vitest";
import { callerOfRefused, hearOne, sayLastWords } from "../test/blocks.ts";
import { type Answer, ScriptedServer } from "../test/scripted-server.ts";
import { connectRedis, type Message, type RedisClient, type RedisOptions, withRedis } from "./index.ts";

const noChance = { jitter: 0 };

/** Runs a program with a server of its own, in virtual time; at the end no connection is left. */
async function withServer(
	program: (server: ScriptedServer) => Promise<void>,
	answer?: (words: readonly string[]) => Answer | Promise<Answer>,
): Promise<void> {
	let server: ScriptedServer | undefined;
	await virtualRun(() =>
		withTaskGroup(async (group) => {
			server = new ScriptedServer(group, answer);
			await program(server);
			await allBlocked();
			expect(server.open).toBe(0);
		}),
	);
}

/** The same with a client. */
async function withClient(
	options: RedisOptions,
	program: (redis: RedisClient, server: ScriptedServer) => Promise<void> | Generator<never, void, unknown>,
	answer?: (words: readonly string[]) => Answer | Promise<Answer>,
): Promise<void> {
	await withServer(async (server) => {
		await withRedis({ dial: server.dial, reconnect: noChance, ...options }, (redis) => program(redis, server));
	}, answer);
}

/** What a call has ended with. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
	return await promise.catch((error: unknown) => error);
}

describe("a connection", () => {
	it.each([1, 2, 3, 5, 8])("is read wherever it is cut: pieces of %i", async (piece) => {
		await withClient({}, async (redis, server) => {
			server.piece = piece;
			expect(await redis.get("a key")).toBe("a key");
			expect(await Promise.all([redis.incr("n"), redis.get("k"), redis.incr("n")])).toEqual([1, "k", 2]);
			expect(await outcome(redis.command("NONSENSE"))).toMatchObject({ name: "ReplyError", code: "ERR" });
		});
	});

	it("is shared: what is called together is sent together, and answered in order", async () => {
		await withClient({}, async (redis, server) => {
			const counts = await all(Array.from({ length: 20_000 }, () => () => redis.incr("n")));
			expect(counts).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1));
			expect(server.dialled).toHaveLength(1);
		});
	});

	it("begins with who we are, and what we want", async () => {
		const options = { username: "ada", password: "secret", database: 3, name: "test" };
		await withClient(options, async (redis, server) => {
			const expected = ["HELLO 3 AUTH ada secret SETNAME test", "SELECT 3"];
			expect(server.greetings).toEqual(expected);
			server.drop();
			await allBlocked();
			await redis.command("PING");
			expect(server.greetings).toEqual([...expected, ...expected]);
		});
	});

	it("falls back to the older protocol", async () => {
		await withServer(async (server) => {
			server.hello = () => "-ERR unknown command 'HELLO'\r\n";
			await withRedis({ dial: server.dial, password: "secret", name: "test", database: 1 }, async (redis) => {
				expect(await redis.command("PING")).toBe("PONG");
			});
			expect(server.greetings.slice(1)).toEqual(["AUTH secret", "CLIENT SETNAME test", "SELECT 1"]);
		});
	});

	it("that is refused at first is an error at once, the same one", async () => {
		await withServer(async (server) => {
			server.refusing = 1;
			const error = await outcome(withRedis({ dial: server.dial }, () => {}));
			expect((error as Error).message).toBe("nobody listens");
			server.hello = () => "-WRONGPASS invalid password\r\n";
			expect(await outcome(withRedis({ dial: server.dial, password: "x" }, () => {}))).toMatchObject({
				name: "ReplyError",
				code: "WRONGPASS",
			});
			expect(now()).toBe(0);
		});
	});

	it("to a server that says nothing is given up", async () => {
		await withServer(async (server) => {
			server.greets = false;
			const error = await outcome(withRedis({ dial: server.dial, connectTimeout: 700 }, () => {}));
			expect(error).toMatchObject({ name: "ConnectionLostError", message: "There was no connection within 700 ms." });
			expect(now()).toBe(700);
		});
	});
});

describe("a connection that is lost", () => {
	it("fails what was sent, and says that it may have been carried out; it is never repeated", async () => {
		let isClosing = true;
		const answer = (): Answer => (isClosing ? "close" : "+OK\r\n");
		await withClient(
			{},
			async (redis, server) => {
				expect(await outcome(redis.set("k", "v"))).toMatchObject({ name: "ConnectionLostError", mayHaveRun: true });
				isClosing = false;
				expect(await redis.set("k", "w")).toBe(true);
				expect(server.heard).toEqual(["SET k v", "SET k w"]);
			},
			answer,
		);
	});

	it("lets what was not sent wait for the next one", async () => {
		await withClient({}, async (redis, server) => {
			server.drop();
			await allBlocked();
			expect(redis.statistics).toMatchObject({ state: "connecting", waiting: 0 });
			const waiting = [redis.incr("n"), redis.incr("n")];
			await allBlocked();
			expect(redis.statistics).toMatchObject({ state: "connecting", waiting: 2 });
			expect(await Promise.all(waiting)).toEqual([1, 2]);
			expect(redis.statistics).toMatchObject({ state: "open", reconnects: 1 });
			expect(now()).toBe(50);
		});
	});

	it('repeats what only reads, with retry: "idempotent", before what came later', async () => {
		let left = 1;
		await withClient({ retry: "idempotent" }, async (redis, server) => {
			server.answer = (words) => (left-- > 0 ? "close" : server.usual(words));
			const results = [
				redis.get("a"),
				redis.incr("n"),
				redis.get("b"),
				redis.send(["INCR", "m"], { retry: "idempotent" }),
			];
			const lost = outcome(results[1] as Promise<number>);
			await allBlocked();
			const later = redis.get("c");
			expect(await lost).toMatchObject({ name: "ConnectionLostError", mayHaveRun: true });
			expect(await Promise.all([results[0], results[2], results[3], later])).toEqual(["a", "b", 1, "c"]);
			expect(server.heard.slice(1)).toEqual(["GET a", "GET b", "INCR m", "GET c"]);
		});
	});

	it("by an answer that is none, names the place", async () => {
		await withClient({}, async (redis, server) => {
			server.answer = (words) => (words[1] === "bad" ? ["+fine\r\n", "garbage\r\n"] : server.usual(words));
			const [first, second] = [outcome(redis.get("bad")), outcome(redis.get("after"))];
			expect(await first).toBe("fine");
			expect(await second).toMatchObject({
				name: "ConnectionLostError",
				cause: {
					name: "RespProtocolError",
					position: 12,
					message: expect.stringContaining('"garbage" begins no value'),
				},
			});
			expect(await redis.get("good")).toBe("good");
		});
	});

	it("by an answer that nobody has asked for", async () => {
		await withClient({}, async (redis, server) => {
			await server.say("+surprise\r\n");
			await allBlocked();
			expect(redis.statistics.state).toBe("connecting");
			expect(await redis.get("good")).toBe("good");
		});
	});

	it("is made again after pauses that grow, with some chance", async () => {
		const chances = [0.5, 0, 1, 0.5, 0.25];
		const reconnect = { delay: 100, factor: 3, maxDelay: 1_000, jitter: 0.5, random: () => chances.shift() ?? 0 };
		await withClient({ reconnect }, async (redis, server) => {
			server.refusing = 4;
			server.drop();
			await allBlocked();
			expect(await redis.get("k")).toBe("k");
			// 100 × 0.75, 300, 900 × 0.5, 1,000 × 0.75, 1,000 × 0.875
			expect(server.dialled).toEqual([0, 75, 375, 825, 1_575, 2_450]);
			// It has answered: the pauses are short again.
			server.drop();
			await allBlocked();
			expect(await redis.get("k")).toBe("k");
			expect(server.dialled.at(-1)).toBe(2_550);
		});
	});

	it("is given up in the end; then everything fails, and nothing of it was carried out", async () => {
		const reconnect = { jitter: 0, delay: 100, factor: 1, giveUpAfter: 450 };
		await withClient({ reconnect }, async (redis, server) => {
			const subscription = await redis.subscribe("news");
			server.refusing = Number.POSITIVE_INFINITY;
			server.drop();
			await allBlocked();
			const failure = { name: "ConnectionLostError", mayHaveRun: false, cause: { message: "nobody listens" } };
			expect(await outcome(redis.incr("n"))).toMatchObject(failure);
			expect(now()).toBe(400);
			const [one, two] = [await outcome(redis.incr("n")), await outcome(redis.incr("n"))];
			expect(one).toMatchObject(failure);
			expect(one).not.toBe(two);
			await expect(async () => {
				for await (const _ of subscription);
			}).rejects.toMatchObject(failure);
		});
	});

	it("to a server that refuses us from now on is given up at once", async () => {
		await withClient({ password: "old" }, async (redis, server) => {
			server.hello = () => "-WRONGPASS invalid password\r\n";
			server.drop();
			await allBlocked();
			const error = await outcome(redis.incr("n"));
			expect(error).toMatchObject({ name: "ConnectionLostError", cause: { name: "ReplyError", code: "WRONGPASS" } });
			expect(now()).toBe(50);
		});
	});
});

describe("a caller that is cancelled", () => {
	it("leaves its place: its answer is thrown away, and nobody else gets it", async () => {
		const answer = async (words: readonly string[]): Promise<Answer> => {
			await sleep(100);
			return `+${words[1]}\r\n`;
		};
		await withClient(
			{},
			async (redis) => {
				const first = redis.get("a");
				const gone = moveOnAfter(150, () => redis.get("b"));
				const third = redis.get("c");
				expect(await Promise.all([first, gone, third])).toEqual(["a", undefined, "c"]);
				await expect(withTimeout(10, () => redis.get("slow"))).rejects.toMatchObject({ name: "TimeoutError" });
				expect(await redis.get("d")).toBe("d");
				expect(redis.statistics.sent).toBe(0);
			},
			answer,
		);
	});

	it("before its turn has sent nothing", async () => {
		await withClient({}, async (redis, server) => {
			server.drop();
			await allBlocked();
			expect(await moveOnAfter(10, () => redis.incr("n"))).toBeUndefined();
			expect(await redis.incr("m")).toBe(1);
			expect(server.heard).toEqual(["INCR m"]);
		});
	});

	it("gives its room to others, whether it waits for room, for its turn, or for an answer", async () => {
		let isAnswering = false;
		await withClient({ maxOutstanding: 2 }, async (redis, server) => {
			server.answer = async (words) => {
				while (!isAnswering) await sleep(10);
				return server.usual(words);
			};
			const cancelled = Array.from({ length: 5 }, () => moveOnAfter(100, () => redis.incr("gone")));
			await Promise.all(cancelled);
			// The server will still answer two of them.
			expect(server.heard.filter((text) => text === "INCR gone")).toHaveLength(1);
			expect(redis.statistics).toMatchObject({ sent: 2, waiting: 0 });
			isAnswering = true;
			expect(await Promise.all([redis.incr("n"), redis.incr("n"), redis.incr("n")])).toEqual([1, 2, 3]);
		});
	});

	it("in its cleanup still has the client, which is closed when that is over", async () => {
		await withServer(async (server) => {
			await moveOnAfter(100, () => sayLastWords({ dial: server.dial }));
			await moveOnAfter(100, () =>
				withRedis({ dial: server.dial }, function* (redis) {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => redis.command("ECHO", "more of them"));
					}
				}),
			);
			expect(server.heard).toEqual(["ECHO last words", "ECHO more of them"]);
			expect([server.open, now()]).toEqual([0, 200]);
		});
	});
});

describe("many callers", () => {
	it("wait when too much is under way, first come, first served", async () => {
		let most = 0;
		await withClient({ maxOutstanding: 3 }, async (redis, server) => {
			server.answer = async (words) => {
				await sleep(1);
				most = Math.max(most, redis.statistics.sent + redis.statistics.waiting);
				return server.usual(words);
			};
			const counts = await Promise.all(Array.from({ length: 50 }, () => redis.incr("n")));
			expect(counts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
			expect(most).toBe(3);
		});
	});
});

describe("a subscription", () => {
	const news = (text: string): string => `>3\r\n+message\r\n+news\r\n+${text}\r\n`;

	function* take(iterator: AsyncGenerator<Message>): Generator<never, unknown, unknown> {
		const { value } = yield* call(() => iterator.next());
		return (value as Message).message;
	}

	it("is restored with the connection, and tells that there was a gap", async () => {
		await withClient({}, function* (redis, server) {
			const subscription = yield* call(() => redis.subscribe("news"));
			const iterator = subscription[Symbol.asyncIterator]();
			yield* call(() => server.say(news("one")));
			expect(yield* take(iterator)).toBe("one");
			server.drop();
			yield* sleep(1_000);
			expect(server.heard).toEqual(["SUBSCRIBE news", "SUBSCRIBE news"]);
			expect(subscription.gaps).toBe(1);
			yield* call(() => server.say(news("two")));
			expect(yield* take(iterator)).toBe("two");
			yield* call(() => subscription.close());
			expect(server.heard.at(-1)).toBe("UNSUBSCRIBE news");
			yield* call(() => subscription.close());
			expect(server.heard).toHaveLength(3);
		});
	});

	it("ends with the function that has it", async () => {
		await withClient({}, async (redis, server) => {
			const heard: string[] = [];
			const listening = call(() => hearOne(redis, (message) => heard.push(message))).then(() => heard.push("ended"));
			await allBlocked();
			await server.say(">4\r\n+pmessage\r\n+ne*\r\n+news\r\n+hello\r\n");
			await listening;
			expect(heard).toEqual(["ne* news hello", "ended"]);
			expect(server.heard).toEqual(["PSUBSCRIBE ne*", "PUNSUBSCRIBE ne*"]);
		});
	});

	it("that is too slow ends by an error, or drops what it is told to", async () => {
		await withClient({}, function* (redis, server) {
			const strict = yield* call(() => redis.listen({ channels: ["news"], capacity: 2 }));
			const latest = yield* call(() => redis.listen({ channels: ["news"], capacity: 1, overflow: "drop-oldest" }));
			yield* call(() => server.say(["1", "2", "3"].map(news).join("")));
			yield* allBlocked();
			expect(yield* take(latest[Symbol.asyncIterator]())).toBe("3");
			const iterator = strict[Symbol.asyncIterator]();
			expect([yield* take(iterator), yield* take(iterator)]).toEqual(["1", "2"]);
			expect(yield* call(() => outcome(iterator.next()))).toBeInstanceOf(LaggedError);
		});
	});

	it("that waits for its reader makes the server wait, and nobody's commands", async () => {
		await withClient({}, function* (redis, server) {
			const patient = yield* call(() => redis.listen({ channels: ["news"], capacity: 1, overflow: "wait" }));
			yield* call(() => server.say(["1", "2", "3"].map(news).join("")));
			yield* allBlocked();
			expect(yield* call(() => redis.get("k"))).toBe("k");
			const iterator = patient[Symbol.asyncIterator]();
			expect([yield* take(iterator), yield* take(iterator), yield* take(iterator)]).toEqual(["1", "2", "3"]);
		});
	});

	it("that the server refuses is an error, and leaves nothing", async () => {
		await withClient({}, async (redis, server) => {
			server.answer = (words) => (words[0] === "SUBSCRIBE" ? "-NOPERM no\r\n" : server.usual(words));
			expect(await outcome(redis.subscribe("news"))).toMatchObject({ name: "ReplyError", code: "NOPERM" });
			expect(await redis.get("k")).toBe("k");
		});
	});
});

describe("a client", () => {
	it("that is closed fails everybody by name, once and for all", async () => {
		await withClient({}, async (redis, server) => {
			server.answer = () => undefined;
			const [sent, alone] = [outcome(redis.incr("n")), outcome(redis.brpop("list"))];
			await allBlocked();
			expect(server.open).toBe(2);
			await redis.close();
			expect(server.open).toBe(0);
			const closed = { name: "ClosedResourceError" };
			expect(await sent).toMatchObject({ ...closed, message: expect.stringContaining("may have been carried out") });
			expect(await alone).toMatchObject(closed);
			expect(await outcome(redis.get("k"))).toMatchObject(closed);
			expect(await outcome(redis.subscribe("news"))).toMatchObject(closed);
			await redis.close();
		});
	});

	it("lives to the end of its block, by await using", async () => {
		await withServer(async (server) => {
			const redis = await connectRedis({ dial: server.dial });
			expect(await redis.get("k")).toBe("k");
			await redis[Symbol.asyncDispose]();
			expect(server.open).toBe(0);
			server.refusing = 1;
			expect(await outcome(connectRedis({ dial: server.dial }))).toMatchObject({ message: "nobody listens" });
		});
	});

	it("shows in the stack of a server's error who has asked", async () => {
		await withClient({}, async (redis) => {
			const { message, stack } = (await outcome(callerOfRefused(redis))) as Error;
			expect(message).toBe("ERR unknown command 'REFUSED ' (REFUSED)");
			expect(stack).toMatch(/callerOfRefused.*blocks\.ts/);
		});
	});

	it.each([
		[["SUBSCRIBE", "x"], "client.subscribe()"],
		[["multi"], "client.multi()"],
		[["SELECT", 1], "the option database"],
		[["CLIENT", "REPLY", "OFF"], "take the others' answers away"],
		[[], "There is no command"],
	])("refuses %j, which concerns others", async (words, mend) => {
		await withClient({}, async (redis, server) => {
			const error = await outcome(redis.send(words));
			expect(error).toBeInstanceOf(TypeError);
			expect((error as Error).message).toContain(mend);
			expect(server.heard).toEqual([]);
		});
	});
});
