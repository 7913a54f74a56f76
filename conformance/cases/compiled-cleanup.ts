import {
	checkpoint,
	moveOnAfter,
	now,
	onExit,
	shield,
	sleep,
	sleepForever,
	suppressedErrors,
	withCancelScope,
} from "holdfast";
import { equal, same, test, thrown } from "../harness.ts";

test(
	"HF-CLN-21",
	"in a structured function onExit callbacks run when the function ends, after its tasks",
	async () => {
		const log: string[] = [];
		const child = async (): Promise<void> => {
			await sleep(5);
			log.push("task");
		};
		const structured = async (): Promise<string> => {
			"use structured";
			onExit(async () => {
				await sleep(1);
				log.push("exit");
			});
			void child();
			log.push("body");
			return "value";
		};
		equal(await structured(), "value");
		log.push("after");
		equal(log, ["body", "task", "exit", "after"]);
	},
	{ compiledOnly: "about the owner that a structured function is" },
);

test(
	"HF-CLN-16",
	"in compiled code a finally block is a cleanup region",
	async () => {
		const log: string[] = [];
		const start = now();
		const work = async (): Promise<void> => {
			try {
				await sleepForever();
			} finally {
				await sleep(3);
				log.push(`innermost at ${now() - start}`);
			}
		};
		await moveOnAfter(5, async () => {
			try {
				await work();
				log.push("not reached");
			} finally {
				await sleep(4);
				log.push(`outer at ${now() - start}`);
			}
		});
		equal(log, ["innermost at 8", "outer at 12"]);
	},
	{ compiledOnly: "in a generator a finally block is no cleanup region by itself" },
);

test(
	"HF-CLN-17",
	"in compiled code the awaits of a finally block are interrupted when the grace is over",
	async () => {
		const log: string[] = [];
		const start = now();
		await withCancelScope({ grace: 10 }, async (scope) => {
			scope.cancel();
			try {
				await sleepForever();
			} finally {
				try {
					await sleep(5);
					log.push(`at ${now() - start}`);
					await sleepForever();
					log.push("not reached");
				} finally {
					log.push(`end at ${now() - start}`);
				}
			}
		});
		equal(log, ["at 5", "end at 10"]);
	},
	{ compiledOnly: "in a generator a finally block is no cleanup region by itself" },
);

test(
	"HF-CLN-18",
	"in compiled code await using disposes in a cleanup region, last first",
	async () => {
		const log: string[] = [];
		const resource = (name: string): AsyncDisposable => ({
			async [Symbol.asyncDispose]() {
				await sleep(5);
				log.push(name);
			},
		});
		await moveOnAfter(5, async () => {
			await using _first = resource("first");
			await using _second = resource("second");
			await sleepForever();
		});
		equal(log, ["second", "first"]);
	},
	{ compiledOnly: "generators have no `await using`" },
);

test(
	"HF-CLN-19",
	"await using with failures: the first is thrown, the others are kept with it",
	async () => {
		const body = new Error("body");
		const first = new Error("first");
		const second = new Error("second");
		const resource = (error: Error): AsyncDisposable => ({
			async [Symbol.asyncDispose]() {
				await checkpoint();
				throw error;
			},
		});
		const failing = async (): Promise<void> => {
			await using _first = resource(first);
			await using _second = resource(second);
			throw body;
		};
		same(await thrown(failing), body);
		equal(suppressedErrors(body), [second, first]);
		const third = new Error("third");
		const fourth = new Error("fourth");
		const closing = async (): Promise<void> => {
			await using _first = resource(fourth);
			await using _second = resource(third);
			await checkpoint();
		};
		same(await thrown(closing), third);
		equal(suppressedErrors(third), [fourth]);
	},
	{ compiledOnly: "generators have no `await using`" },
);

test(
	"HF-CLN-22",
	"what follows a scope, a shield or a call inside a finally block is still protected",
	async () => {
		const log: string[] = [];
		const start = now();
		const tidy = async (): Promise<void> => {
			try {
				await sleep(1);
			} finally {
				await sleep(1);
			}
		};
		await moveOnAfter(5, async () => {
			try {
				await sleepForever();
			} finally {
				await moveOnAfter(5, () => sleepForever());
				await sleep(5);
				log.push(`after a scope at ${now() - start}`);
				await shield(() => sleep(5));
				await sleep(5);
				log.push(`after a shield at ${now() - start}`);
				await tidy();
				await sleep(3);
				log.push(`after a call at ${now() - start}`);
			}
		});
		equal(log, ["after a scope at 15", "after a shield at 25", "after a call at 30"]);
	},
	{ compiledOnly: "in a generator a finally block is no cleanup region by itself" },
);

test(
	"HF-CLN-23",
	"what follows a finally block is not protected",
	async () => {
		const log: string[] = [];
		await withCancelScope(async (scope) => {
			try {
				log.push("body");
			} finally {
				scope.cancel();
				await sleep(1);
				log.push("finally");
			}
			await checkpoint();
			log.push("not reached");
		});
		equal(log, ["body", "finally"]);
	},
	{ compiledOnly: "in a generator a finally block is no cleanup region by itself" },
);
