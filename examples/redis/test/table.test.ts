/** One client, written once, in every colour, with a real server. Where none is installed it fails in CI and is skipped elsewhere. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { effect } from "./columns/effect.ts";
import { effection } from "./columns/effection.ts";
import { generators } from "./columns/generators.ts";
import { native } from "./columns/native.ts";
import { compiled, synchronous } from "./columns/programs.ts";
import { rxjs } from "./columns/rxjs.ts";
import { saga } from "./columns/saga.ts";
import { installed, mend, RedisServer } from "./redis-server.ts";
import { type Column, type Row, rows } from "./table.ts";

const columns: Record<string, Column> = {
	"plain async": compiled,
	"native async": native,
	generators,
	"sync code": synchronous,
	RxJS: rxjs,
	Effect: effect,
	Effection: effection,
	"redux-saga": saga,
};

if (!installed && process.env.HOLDFAST_CI !== undefined)
	it("has a redis-server to be tested with", () => {
		throw new Error(mend);
	});

describe.skipIf(!installed)(`a client of Redis${installed ? "" : ` (${mend})`}`, () => {
	let server: RedisServer;

	beforeAll(async () => {
		server = new RedisServer();
		await server.start();
	});
	beforeEach(() => {
		server.ask("FLUSHALL");
	});
	afterAll(async () => {
		await server[Symbol.asyncDispose]();
	});

	describe.each(Object.entries(columns))("%s", (_name, column) => {
		for (const [row, expected] of Object.entries(rows)) {
			const cell = column[row as Row];
			if (typeof cell === "string") it.skip(`${row}: ${cell}`);
			else
				it(row, async () => {
					const at = { path: server.path, name: "table", retry: "idempotent" } as const;
					let result: unknown;
					try {
						result = await cell(at);
					} catch (error) {
						// A program that fails is one of the rows.
						if ((error as Error).message !== expected) throw error;
						result = (error as Error).message;
					}
					expect(result).toEqual(expected);
					// It is over, and so are its connections, as far as the server has heard.
					await expect.poll(() => server.clients("table")).toEqual([]);
				});
		}
	});
});
