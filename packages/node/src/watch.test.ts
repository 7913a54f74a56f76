import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BusyResourceError, moveOnAfter, run, ScopeMisuseError, sleep, withCancelScope, withTaskGroup } from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, rejectionOf } from "../test/processes.ts";
import { FileNotFoundError } from "./file-errors.ts";
import { type FileChange, watch } from "./watch.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "holdfast-watch-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
let count = 0;
const fresh = (): string => {
	const path = join(folder, String(count++));
	fs.mkdirSync(path);
	return path;
};

describe("watch", () => {
	test("gives what has changed since the call, also while nobody has waited", async () => {
		const place = fresh();
		await checked(function* () {
			const changes = watch(place);
			fs.writeFileSync(join(place, "a"), "");
			yield* sleep(50);
			fs.writeFileSync(join(place, "b"), "");
			const seen = new Set<string>();
			while (seen.size < 2) seen.add(((yield* changes.next()).value as FileChange).path);
			expect(seen).toEqual(new Set([join(place, "a"), join(place, "b")]));
			changes.close();
			expect(yield* changes.next()).toEqual({ done: true, value: undefined });
		});
	});

	test("watches a single file under the path that was given", async () => {
		const path = join(fresh(), "file");
		fs.writeFileSync(path, "");
		await checked(function* () {
			using changes = watch(path);
			fs.appendFileSync(path, "x");
			expect((yield* changes.next()).value).toEqual({ kind: "change", path });
		});
	});

	test("watches what is in the folders of the folder", async () => {
		const place = fresh();
		fs.mkdirSync(join(place, "a/b"), { recursive: true });
		await checked(function* () {
			const changes = watch(place, { recursive: true });
			// Some hosts begin to watch inner folders a moment later.
			const poke = setInterval(() => fs.writeFileSync(join(place, "a/b/c"), String(Math.random())), 20);
			try {
				for (;;) if (((yield* changes.next()).value as FileChange).path === join(place, "a/b/c")) break;
			} finally {
				clearInterval(poke);
			}
		});
	});

	test("keeps no more than it may: then one overflow stands for all", async () => {
		const place = fresh();
		await checked(function* () {
			const changes = watch(place, { limit: 10 });
			for (let index = 0; index < 50; index++) fs.writeFileSync(join(place, String(index)), "");
			yield* sleep(50);
			expect((yield* changes.next()).value).toEqual({ kind: "overflow", path: place });
			expect(yield* moveOnAfter(10, () => changes.next())).toBe(undefined);
			fs.writeFileSync(join(place, "one more"), "");
			expect((yield* changes.next()).value?.path).toBe(join(place, "one more"));
		});
	});

	test("ends with its owner, with the loop, and for whoever waits when it is closed", async () => {
		const place = fresh();
		await checked(() =>
			withTaskGroup(function* (group) {
				const changes = watch(place);
				group.spawn(function* () {
					expect(yield* changes.next()).toEqual({ done: true, value: undefined });
				});
				yield* sleep(5);
				changes.close();
				changes.close();
			}),
		);
		await checked(() =>
			withCancelScope((scope) => {
				watch(place);
				scope.cancel();
			}),
		);
	});

	test("is for one consumer", async () => {
		const place = fresh();
		const error = await rejectionOf(
			checked(() =>
				withTaskGroup(function* (group) {
					const changes = watch(place);
					group.spawn(() => changes.next());
					group.spawn(() => changes.next());
				}),
			),
		);
		expect(error).toBeInstanceOf(BusyResourceError);
	});

	test("of what is not there is a named error at the call", async () => {
		const error = await rejectionOf(checked(() => watch(join(folder, "missing")) as never));
		expect(error).toBeInstanceOf(FileNotFoundError);
		expect(error).toMatchObject({ code: "ENOENT", operation: "watch" });
	});

	test("outside of every task, and with wrong options, says so", async () => {
		expect(() => watch(folder)).toThrow(ScopeMisuseError);
		for (const [options, message] of [
			[{ limit: 0 }, "limit is 0"],
			[{ recursive: 1 }, "recursive is 1"],
			[{ persistent: true }, 'unknown option "persistent"'],
		] as const) {
			const error = await rejectionOf(run(() => watch(folder, options as never) as never));
			expect(error.message).toContain(message);
		}
	});
});
