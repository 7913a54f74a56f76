import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { checkStream } from "@holdfast/testing";
import { coroutine, until } from "holdfast";
import { expect, test } from "vitest";
import { checked } from "../test/processes.ts";
import { event, text } from "../test/sockets.ts";
import type { ByteStream } from "./byte-stream.ts";
import { connect } from "./connect.ts";
import { listen } from "./listen.ts";
import { receiveStreamOf, sendStreamOf } from "./node-stream.ts";
import { stapleStreams } from "./staple-streams.ts";

test("two one-way streams become one that keeps the contract", () =>
	checkStream(
		coroutine(function* (): Generator<never, readonly [ByteStream, ByteStream], unknown> {
			const listener = yield* listen({ port: 0 });
			const { port } = listener.address;
			// One connection for each direction; the other direction of each is not used.
			const there = yield* connect({ port });
			const back = yield* connect({ port });
			const thereEnd = yield* listener.accept();
			const backEnd = yield* listener.accept();
			yield* listener.close();
			return [stapleStreams(back, there), stapleStreams(thereEnd, backEnd)];
		}),
	));

test("what a process prints and what it reads become one stream", () =>
	checked(function* () {
		const child: ChildProcess = spawn("cat", { stdio: ["pipe", "pipe", "ignore"] });
		const output = receiveStreamOf(child.stdout as Readable, "the output of cat");
		const stream = stapleStreams(output, sendStreamOf(child.stdin as Writable, "the input of cat"));
		yield* stream.write("one\ntwo\nrest");
		expect(yield* stream.readLine()).toBe("one");
		yield* stream.end();
		expect(text(yield* stream.readUntil("\n"))).toBe("two\n");
		expect(text(yield* stream.readExactly(2))).toBe("re");
		expect(text(yield* stream.readAll())).toBe("st");
		yield* stream.close();
		if (child.exitCode === null) yield* event(child, "exit");
		expect(child.exitCode).toBe(0);
	}));

test("a sending side without an end is closed by end; lines and chunks come from the receiving side", () =>
	checked(function* () {
		const child = spawn("sh", ["-c", "read line; echo $line; cat"], { stdio: ["pipe", "pipe", "ignore"] });
		const { close, write, [Symbol.asyncDispose]: dispose } = bound(sendStreamOf(child.stdin, "its input"));
		const stream = stapleStreams(receiveStreamOf(child.stdout, "its output"), {
			close,
			write,
			[Symbol.asyncDispose]: dispose,
		});
		yield* stream.write("first\n");
		yield* stream.end();
		const lines = stream.lines()[Symbol.asyncIterator]();
		expect(yield* until(lines.next())).toEqual({ done: false, value: "first" });
		expect(yield* until(stream[Symbol.asyncIterator]().next())).toEqual({ done: true, value: undefined });
		yield* stream.close();
		if (child.exitCode === null) yield* event(child, "exit");
	}));

function bound<T extends object>(object: T): T {
	return new Proxy(object, {
		get: (target, key) => {
			const value = Reflect.get(target, key, target) as unknown;
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
}

test("wrong sides are named", () => {
	expect(() => stapleStreams(undefined as never, undefined as never)).toThrow(/undefined cannot be read from/);
	expect(() => stapleStreams({ read: () => {} } as never, {} as never)).toThrow(/an object cannot be written to/);
});
