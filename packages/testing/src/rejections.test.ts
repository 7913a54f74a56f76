import { EventEmitter } from "node:events";
import { coroutine, run, sleep } from "holdfast";
import { onNodeRejection } from "holdfast/inspect";
import { expect, test } from "vitest";
import { keepApart } from "./rejections.ts";

const promise = Promise.resolve();

test("a foreign rejection goes to the others, which find themselves alone", () => {
	const process = new EventEmitter();
	const seen: unknown[] = [];
	process.on("unhandledRejection", (reason) => {
		seen.push(reason, process.listenerCount("unhandledRejection"));
	});
	process.on("unhandledRejection", onNodeRejection);
	keepApart(process);
	expect(process.emit("unhandledRejection", "foreign", promise)).toBe(true);
	expect(seen).toEqual(["foreign", 1]);
	expect(process.listeners("unhandledRejection")).toContain(onNodeRejection);
});

test("without another listener it is unhandled, which is the host's to report", () => {
	const process = new EventEmitter();
	process.on("unhandledRejection", onNodeRejection);
	keepApart(process);
	expect(process.emit("unhandledRejection", "foreign", promise)).toBe(false);
});

test("a rejection that is Holdfast's goes to no other listener", async () => {
	const process = new EventEmitter();
	let heard = 0;
	process.on("unhandledRejection", () => heard++);
	keepApart(process);
	const error = new Error("call");
	const failing = coroutine(function* () {
		yield* sleep(1);
		throw error;
	});
	const main = function* (): Generator<unknown, void, never> {
		failing().catch(() => {});
		yield* sleep(5);
		// As the host would, for a promise that was derived from the call's.
		expect(process.emit("unhandledRejection", error, promise)).toBe(true);
		yield* sleep(1_000);
	};
	await expect(run(main)).rejects.toBe(error);
	expect(heard).toBe(0);
});

test("other events pass, and it can be taken back", () => {
	const process = new EventEmitter();
	const { emit } = process;
	const giveBack = keepApart(process);
	const seen: unknown[] = [];
	process.on("exit", (...values) => seen.push(...values));
	process.emit("exit", 1, 2);
	expect(seen).toEqual([1, 2]);
	giveBack();
	expect(process.emit).toBe(emit);
});
