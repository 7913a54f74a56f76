// useTask in a page.
// biome-ignore-all lint/correctness/noComponentHookFactories: each case has components of its own
import { ContextVar, checkpoint, cleanup, coroutine, currentTask, Event, type Report, sleepForever } from "holdfast";
import * as React from "react";
import { flushSync } from "react-dom";
import { HoldfastProvider, provide, type TaskView, useTask, type WorkOptions } from "../../src/react.ts";
import { Boundary, equal, idle, mount, seen, test, turn } from "./harness.tsx";

const { startTransition, Suspense, useEffect } = React;

/** Answers that the test gives, one for each name; what becomes of each question is kept. */
class Desk {
	readonly log: string[] = [];
	readonly #answers = new Map<string, Event>();

	readonly ask = async (name: string): Promise<string> => {
		this.log.push(`${name} asked`);
		const answer = new Event();
		this.#answers.set(name, answer);
		let how = "cancelled";
		try {
			await answer.wait();
			how = "answered";
			return name.toUpperCase();
		} finally {
			await cleanup(() => checkpoint());
			this.log.push(`${name} ${how}`);
		}
	};

	answer(name: string): void {
		this.#answers.get(name)?.set();
	}
}

/** What each commit has shown, in order. */
let commits: string[] = [];

function Card({ desk, name, options }: { desk: Desk; name: string; options?: WorkOptions }): React.ReactNode {
	const task = useTask(() => desk.ask(name), [desk, name], options);
	const text = `${name}: ${textOf(task)}`;
	useEffect(() => {
		commits.push(text);
	});
	return text;
}

function textOf({ status, value, error }: TaskView<unknown>): string {
	return [status, value, error === undefined ? undefined : String(error)].filter((it) => it !== undefined).join(" ");
}

test("a task runs while its component is on the page; leaving cancels it, and its cleanup runs", async () => {
	const desk = new Desk();
	const page = mount(<Card desk={desk} name="a" />);
	await page.shows("a: running");
	await seen("a question", () => desk.log.length === 1);
	desk.answer("a");
	await page.shows("a: done A");
	page.render(<Card desk={desk} name="b" />);
	await seen("a question", () => desk.log.includes("b asked"));
	await page.unmount();
	desk.answer("b");
	equal(desk.log, ["a asked", "a answered", "b asked", "b cancelled"]);
});

test("strict mode, which mounts twice, starts it once", async () => {
	const desk = new Desk();
	const page = mount(<Card desk={desk} name="a" />, { strict: true });
	await seen("a question", () => desk.log.length > 0);
	desk.answer("a");
	await page.shows("a: done A");
	await page.unmount();
	equal(desk.log, ["a asked", "a answered"]);
});

test("other dependencies cancel it; of quick changes the last counts, and no commit shows the value of others", async () => {
	const desk = new Desk();
	commits = [];
	const page = mount(<Card desk={desk} name="a" />);
	await seen("a question", () => desk.log.includes("a asked"));
	desk.answer("a");
	await page.shows("a: done A");
	flushSync(() => page.render(<Card desk={desk} name="b" />));
	flushSync(() => page.render(<Card desk={desk} name="c" />));
	await seen("a question", () => desk.log.includes("c asked"));
	desk.answer("c");
	await page.shows("c: done C");
	page.render(<Card desk={desk} name="a" />);
	await seen("a question", () => desk.log.length === 5);
	await page.unmount();
	equal(desk.log, ["a asked", "a answered", "c asked", "c answered", "a asked", "a cancelled"]);
	equal(commits, ["a: running", "a: done A", "b: running", "c: running", "c: done C", "a: running"]);
});

test("answers that come in another order than the questions: the latest question counts", async () => {
	const desk = new Desk();
	const started: string[] = [];
	const open = new Map<string, () => void>();
	function Deaf({ name }: { name: string }): React.ReactNode {
		// Cannot be cancelled: it waits as cleanup.
		const task = useTask(
			() =>
				cleanup(async () => {
					started.push(name);
					await new Promise<void>((resolve) => open.set(name, resolve));
					return desk.log.push(name);
				}),
			[name],
		);
		return `${name}: ${textOf(task)}`;
	}
	const page = mount(<Deaf name="a" />);
	await seen("a", () => started.includes("a"));
	page.render(<Deaf name="b" />);
	await seen("b", () => started.includes("b"));
	open.get("b")?.();
	await page.shows("b: done 1");
	open.get("a")?.();
	await idle();
	await page.shows("b: done 1");
	await page.unmount();
});

test("the next run begins at once, or, if that is wished, when the cleanup of the one before has ended", async () => {
	for (const waitForCleanup of [false, true]) {
		const log: string[] = [];
		const cleaned = new Event();
		const Slow = ({ name }: { name: string }): React.ReactNode => {
			const task = useTask(
				async () => {
					log.push(`${name} begins`);
					try {
						if (name === "a") await sleepForever();
						return name;
					} finally {
						await cleaned.wait();
						log.push(`${name} ends`);
					}
				},
				[name],
				{ waitForCleanup },
			);
			return textOf(task);
		};
		const page = mount(<Slow name="a" />);
		await seen("a", () => log.includes("a begins"));
		flushSync(() => page.render(<Slow name="b" />));
		flushSync(() => page.render(<Slow name="c" />));
		if (!waitForCleanup) await seen("c", () => log.includes("c begins"));
		for (let k = 0; k < 10; k++) await turn();
		const before = [...log];
		cleaned.set();
		await page.shows("done c");
		equal(before, waitForCleanup ? ["a begins"] : ["a begins", "c begins"]);
		if (waitForCleanup) equal(log, ["a begins", "a ends", "c begins", "c ends"]);
		await page.unmount();
	}
});

test("unmounting during a cleanup, and twice in a row, is fine; what cleanup throws then is reported", async () => {
	const reports: Report[] = [];
	const error = new Error("of cleanup");
	const cleaning = new Event();
	let begun = 0;
	let isCleaning = false;
	function Failing({ name }: { name: string }): React.ReactNode {
		useTask(async () => {
			begun++;
			if (name === "b") await sleepForever();
			try {
				await sleepForever();
			} finally {
				isCleaning = true;
				await cleaning.wait();
				// biome-ignore lint/correctness/noUnsafeFinally: it is what is tested
				throw error;
			}
		}, [name]);
		return name;
	}
	const provided = (name: string): React.ReactNode => (
		<HoldfastProvider onReport={(report) => reports.push(report)}>
			<Failing name={name} />
		</HoldfastProvider>
	);
	const page = mount(provided("a"));
	await seen("a task", () => begun === 1);
	page.render(provided("b"));
	await seen("cleanup", () => isCleaning);
	const unmounted = page.unmount();
	cleaning.set();
	await unmounted;
	await seen("a report", () => reports.length > 0);
	equal([reports.length, reports[0]?.error === error, reports[0]?.kind], [1, true, "unobserved"]);
});

test("an error is shown, the same object, also if it is none; or goes to the error boundary", async () => {
	const error = new Error("no");
	function Failing({ thrown, throws }: { thrown: unknown; throws?: boolean }): React.ReactNode {
		const task = useTask(
			async () => {
				await checkpoint();
				throw thrown;
			},
			[thrown],
			{ throws },
		);
		return task.status === "failed" ? `failed ${task.error === thrown}` : task.status;
	}
	const page = mount(<Failing thrown={error} />);
	await page.shows("failed true");
	page.render(<Failing thrown={undefined} />);
	await page.shows("failed true");
	page.render(
		<Boundary>
			<Failing thrown={error} throws />
		</Boundary>,
	);
	await page.shows("caught Error: no");
	await page.unmount();
});

test("restart, cancel, and the value of before", async () => {
	const desk = new Desk();
	let task: TaskView<string> | undefined;
	function Controlled({ keepPrevious }: { keepPrevious: boolean }): React.ReactNode {
		task = useTask(() => desk.ask("a"), [], { keepPrevious });
		return textOf(task);
	}
	const page = mount(<Controlled keepPrevious />);
	await page.shows("running");
	const { cancel, restart } = task as unknown as TaskView<string>;
	const answered = async (): Promise<void> => {
		await seen("a question", () => desk.log.at(-1) === "a asked");
		desk.answer("a");
	};
	await answered();
	await page.shows("done A");
	restart();
	await page.shows("running A");
	await answered();
	await page.shows("done A");
	restart();
	await seen("a question", () => desk.log.at(-1) === "a asked");
	cancel();
	await page.shows("cancelled A");
	await idle();
	equal(desk.log.at(-1), "a cancelled");
	// Nothing is running: nothing happens.
	cancel();
	await page.shows("cancelled A");
	page.render(<Controlled keepPrevious={false} />);
	restart();
	await page.shows("running A");
	restart();
	await page.shows("running");
	equal([task?.cancel === cancel, task?.restart === restart], [true, true]);
	await page.unmount();
	const { length } = desk.log;
	restart();
	await turn();
	await turn();
	equal(desk.log.length, length);
});

test("generators, coroutines and functions that wait for nothing are bodies, too", async () => {
	const double = coroutine(function* (value: number): Generator<never, number, unknown> {
		yield* checkpoint();
		return value * 2;
	});
	function Kinds(): React.ReactNode {
		const all = [
			useTask(() => double(1), []),
			useTask(function* () {
				return yield* double(2);
			}, []),
			useTask(() => 6, []),
		];
		return all.map(textOf).join();
	}
	const page = mount(<Kinds />);
	await page.shows("done 2,done 4,done 6");
	await page.unmount();
});

test("a render that is never committed starts nothing", async () => {
	const desk = new Desk();
	const forever = new Promise<void>(() => {});
	let rendered = 0;
	function Suspended(): React.ReactNode {
		useTask(() => desk.ask("never"), []);
		rendered++;
		throw forever;
	}
	const Tree = ({ next }: { next: boolean }): React.ReactNode => (
		<Suspense fallback="waiting">{next ? <Suspended /> : <Card desk={desk} name="a" />}</Suspense>
	);
	const page = mount(<Tree next={false} />);
	await page.shows("a: running");
	startTransition(() => page.render(<Tree next={true} />));
	await seen("a render", () => rendered > 0);
	for (let k = 0; k < 5; k++) await turn();
	await page.shows("a: running");
	await page.unmount();
	equal(desk.log, ["a asked", "a cancelled"]);
});

test("what a task has rendered is not that task's: it goes on when the task has ended", async () => {
	const desk = new Desk();
	let outer: Promise<unknown> | undefined;
	function Outer(): React.ReactNode {
		const [shown, show] = React.useState(false);
		const task = useTask(async () => {
			await checkpoint();
			outer = Promise.resolve(currentTask());
			flushSync(() => show(true));
			return "outer";
		}, []);
		return (
			<>
				{textOf(task)}, {shown && <Card desk={desk} name="a" />}
			</>
		);
	}
	const page = mount(<Outer />);
	await page.shows("done outer, a: running");
	await outer;
	equal(desk.log, ["a asked"]);
	desk.answer("a");
	await page.shows("done outer, a: done A");
	await page.unmount();
});

test("a provider gives context variables, instruments and what hears of errors; an inner one adds to it", async () => {
	const locale = new ContextVar<string>("locale", { default: "none" });
	const unit = new ContextVar<string>("unit", { default: "none" });
	let tasks = 0;
	const instruments = [{ taskStarted: () => void tasks++ }];
	function Reader(): React.ReactNode {
		const task = useTask(async () => {
			await checkpoint();
			return `${locale.get()} ${unit.get()}`;
		}, []);
		return `${task.value} `;
	}
	const page = mount(
		<>
			<Reader />
			<HoldfastProvider values={[provide(locale, "de"), provide(unit, "km")]} instruments={instruments}>
				<Reader />
				<HoldfastProvider values={[provide(unit, "mi")]}>
					<Reader />
				</HoldfastProvider>
			</HoldfastProvider>
		</>,
	);
	await page.shows("none none de km de mi ");
	equal(tasks, 2);
	await page.unmount();
});

test("1,000 components that come and go leave no task and no listener", async () => {
	const desk = new Desk();
	const listening = { count: 0 };
	const page = mount("");
	const target = {
		addEventListener: () => void listening.count++,
		removeEventListener: () => void listening.count--,
	};
	const { fromEvent } = await import("holdfast");
	function Listener({ id }: { id: number }): React.ReactNode {
		useTask(async () => {
			await fromEvent(target as never, "x");
			await desk.ask(String(id));
		}, [id]);
		return null;
	}
	const many = (offset: number): React.ReactNode =>
		[...Array(1_000).keys()].map((id) => <Listener key={id} id={id + offset} />);
	flushSync(() => page.render(many(0)));
	await seen("all listeners", () => listening.count === 1_000);
	flushSync(() => page.render(many(1)));
	await seen("all listeners", () => listening.count === 1_000);
	await page.unmount();
	equal([listening.count, desk.log], [0, []]);
});

test("in React's act environment there is no warning", async () => {
	const environment = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
	environment.IS_REACT_ACT_ENVIRONMENT = true;
	try {
		const desk = new Desk();
		let page: ReturnType<typeof mount> | undefined;
		await React.act(async () => {
			page = mount(<Card desk={desk} name="a" />, { strict: true });
		});
		await React.act(async () => {
			await seen("a question", () => desk.log.length > 0);
			desk.answer("a");
			await idle();
			await turn();
		});
		equal(page?.container.textContent, "a: done A");
		await React.act(async () => page?.render(<Card desk={desk} name="b" />));
		await React.act(async () => page?.unmount());
		equal(
			desk.log.filter((line) => line.startsWith("a")),
			["a asked", "a answered"],
		);
	} finally {
		environment.IS_REACT_ACT_ENVIRONMENT = false;
	}
});

const { Activity } = React as {
	Activity?: React.ComponentType<{ mode: "hidden" | "visible"; children: React.ReactNode }>;
};

if (Activity !== undefined)
	test("a component that is hidden has its task cancelled; shown again, it starts anew", async () => {
		const desk = new Desk();
		const Tree = ({ mode }: { mode: "hidden" | "visible" }): React.ReactNode => (
			<Activity mode={mode}>
				<Card desk={desk} name="a" />
			</Activity>
		);
		const page = mount(<Tree mode="visible" />);
		await seen("a question", () => desk.log.length === 1);
		page.render(<Tree mode="hidden" />);
		await seen("the end", () => desk.log.length === 2);
		page.render(<Tree mode="visible" />);
		await seen("a question", () => desk.log.length === 3);
		desk.answer("a");
		await page.shows("a: done A");
		page.render(<Tree mode="hidden" />);
		page.render(<Tree mode="visible" />);
		await page.unmount();
		equal(desk.log.slice(0, 4), ["a asked", "a cancelled", "a asked", "a answered"]);
	});
