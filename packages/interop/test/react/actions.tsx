// useAction, useScope and useStream in a page.
// biome-ignore-all lint/correctness/noComponentHookFactories: each case has components of its own
import { checkpoint, cleanup, Event, type Report, sleepForever } from "holdfast";
import { events } from "holdfast/streams";
import { type ReactNode, useEffect } from "react";
import { flushSync } from "react-dom";
import {
	type ActionPolicy,
	type ComponentScope,
	type FallibleAction,
	HoldfastProvider,
	useAction,
	useScope,
	useStream,
	useTask,
} from "../../src/react.ts";
import { Boundary, equal, idle, mount, seen, test, turn } from "./harness.tsx";

/** Calls that go on until the test ends them. */
class Calls {
	readonly log: string[] = [];
	readonly #ends = new Map<string, { event: Event; error?: unknown }>();

	readonly call = async (name: string): Promise<string> => {
		const end: { event: Event; error?: unknown } = { event: new Event() };
		this.#ends.set(name, end);
		this.log.push(`${name}+`);
		let how = "cancelled";
		try {
			await end.event.wait();
			how = "failed";
			if ("error" in end) throw end.error;
			how = "done";
			return name;
		} finally {
			await cleanup(() => checkpoint());
			this.log.push(`${name} ${how}`);
		}
	};

	end(name: string): void {
		this.#ends.get(name)?.event.set();
	}

	fail(name: string, error: unknown): void {
		const end = this.#ends.get(name);
		if (end === undefined) throw new Error(`${name} has not been called`);
		end.error = error;
		end.event.set();
	}
}

let action: FallibleAction<[name: string], string>;

function Button({ calls, policy }: { calls: Calls; policy: ActionPolicy }): ReactNode {
	action = useAction(calls.call, { policy, throws: false });
	const { status, value, error, running, waiting } = action;
	return [status, value ?? "-", error === undefined ? "-" : String(error), running, waiting].join(" ");
}

async function withButton(policy: ActionPolicy, body: (page: ReturnType<typeof mount>, calls: Calls) => Promise<void>) {
	const calls = new Calls();
	const reports: Report[] = [];
	const page = mount(
		<HoldfastProvider onReport={(report) => reports.push(report)}>
			<Button calls={calls} policy={policy} />
		</HoldfastProvider>,
	);
	await page.shows("idle - - 0 0");
	await body(page, calls);
	await page.unmount();
	return reports;
}

test("switch: the latest call wins, the one before is cancelled", async () => {
	await withButton("switch", async (page, calls) => {
		action.start("a");
		// At once, up to its first wait.
		equal(calls.log, ["a+"]);
		action.start("b");
		await page.shows("running - - 1 0");
		calls.end("b");
		await page.shows("done b - 0 0");
		equal(calls.log, ["a+", "b+", "a cancelled", "b done"]);
	});
});

test("drop: a call while another one is running is ignored", async () => {
	await withButton("drop", async (page, calls) => {
		action.start("a");
		action.start("b");
		await page.shows("running - - 1 0");
		calls.end("a");
		await page.shows("done a - 0 0");
		action.start("c");
		await page.shows("running a - 1 0");
		calls.end("c");
		await page.shows("done c - 0 0");
		equal(calls.log, ["a+", "a done", "c+", "c done"]);
	});
});

test("queue: one after the other, also after an error, which is shown when all have ended", async () => {
	const reports = await withButton("queue", async (page, calls) => {
		for (const name of ["a", "b", "c"]) action.start(name);
		await page.shows("running - - 1 2");
		calls.fail("a", "no");
		await page.shows("running - - 1 1");
		calls.end("b");
		await page.shows("running b - 1 0");
		equal(calls.log, ["a+", "a failed", "b+", "b done", "c+"]);
		calls.fail("c", "neither");
		await page.shows("failed b no 0 0");
	});
	equal(
		reports.map(({ error }) => error),
		["neither"],
	);
});

test("parallel: side by side", async () => {
	await withButton("parallel", async (page, calls) => {
		action.start("a");
		action.start("b");
		await page.shows("running - - 2 0");
		calls.end("b");
		await page.shows("running b - 1 0");
		calls.end("a");
		await page.shows("done a - 0 0");
	});
});

test("cancel ends what is running and what waits; an error from before is not lost", async () => {
	const reports = await withButton("queue", async (page, calls) => {
		for (const name of ["a", "b", "c"]) action.start(name);
		calls.fail("a", "no");
		await page.shows("running - - 1 1");
		action.cancel();
		await page.shows("cancelled - - 0 0");
		await idle();
		equal(calls.log, ["a+", "a failed", "b+", "b cancelled"]);
		action.cancel();
		action.start("d");
		await page.shows("running - - 1 0");
		calls.end("d");
		await page.shows("done d - 0 0");
	});
	equal(
		reports.map(({ error }) => error),
		["no"],
	);
});

test("leaving cancels all of them, and nothing can be started afterwards", async () => {
	const calls = new Calls();
	const page = mount(<Button calls={calls} policy="queue" />, { strict: true });
	await page.shows("idle - - 0 0");
	action.start("a");
	action.start("b");
	await page.unmount();
	action.start("c");
	await turn();
	equal(calls.log, ["a+", "a cancelled"]);
});

test("an event handler's call can still prevent the default, and knows the current target", async () => {
	let told: unknown;
	function Form(): ReactNode {
		const submit = useAction(
			async (event: React.FormEvent<HTMLFormElement>) => {
				event.preventDefault();
				const target = event.currentTarget;
				await checkpoint();
				told = [event.defaultPrevented, target.tagName, event.currentTarget === target];
			},
			{ policy: "drop" },
		);
		return (
			<form onSubmit={submit.start}>
				<button type="submit">send</button>
			</form>
		);
	}
	const page = mount(<Form />);
	await page.shows("send");
	page.container.querySelector("button")?.click();
	await seen("the end", () => told !== undefined);
	equal(told, [true, "FORM", false]);
	await page.unmount();
});

test("an error of an action or a scope goes to the error boundary; the others are cancelled", async () => {
	for (const kind of ["action", "scope"]) {
		const calls = new Calls();
		let start: ((name: string) => void) | undefined;
		function Both(): ReactNode {
			const parallel = useAction(calls.call, { policy: "parallel" });
			const scope = useScope();
			start = kind === "action" ? parallel.start : (name) => scope.start(calls.call, name);
			return "fine";
		}
		const page = mount(
			<Boundary>
				<Both />
			</Boundary>,
		);
		await page.shows("fine");
		start?.("a");
		start?.("b");
		calls.fail("a", new Error("no"));
		await page.shows("caught Error: no");
		await idle();
		equal(calls.log.sort(), ["a failed", "a+", "b cancelled", "b+"]);
		await page.unmount();
	}
});

test("a scope counts what is running, cancels, and gives errors to a handler, whose own are reported", async () => {
	const calls = new Calls();
	const errors: unknown[] = [];
	const reports: unknown[] = [];
	let scope: ComponentScope | undefined;
	function Scoped(): ReactNode {
		scope = useScope({
			onError(error) {
				errors.push(error);
				if (error === "worse") throw "of the handler";
			},
		});
		return scope.running;
	}
	const page = mount(
		<HoldfastProvider onReport={({ error }) => reports.push(error)}>
			<Scoped />
		</HoldfastProvider>,
	);
	await page.shows("0");
	for (const name of ["a", "b", "c"]) scope?.start(calls.call, name);
	await page.shows("3");
	calls.fail("a", "bad");
	calls.fail("b", "worse");
	await page.shows("1");
	scope?.cancel();
	await page.shows("0");
	await idle();
	equal([errors, reports, calls.log.at(-1)], [["bad", "worse"], ["of the handler"], "c cancelled"]);
	await page.unmount();
});

test("an effect of a child may start one: in strict mode twice, as everything in effects", async () => {
	const calls = new Calls();
	function Child({ start }: { start: (name: string) => void }): ReactNode {
		useEffect(() => start("a"), [start]);
		return null;
	}
	function Parent(): ReactNode {
		const { start, running } = useAction(calls.call, { policy: "parallel" });
		return (
			<>
				{running}
				<Child start={start} />
			</>
		);
	}
	const page = mount(<Parent />, { strict: true });
	await page.shows("1");
	await page.unmount();
	equal(calls.log, ["a+", "a+", "a cancelled", "a cancelled"]);
});

test("started by a task, a call is the component's, not the task's", async () => {
	const calls = new Calls();
	function Saving({ id }: { id: number }): ReactNode {
		const save = useAction(calls.call, { policy: "parallel" });
		const task = useTask(async () => {
			await checkpoint();
			if (id === 1) save.start("a");
			return id;
		}, [id]);
		return `${task.status} ${save.status}`;
	}
	const page = mount(<Saving id={1} />);
	await page.shows("done running");
	page.render(<Saving id={2} />);
	await turn();
	await page.shows("done running");
	calls.end("a");
	await page.shows("done done");
	await page.unmount();
	equal(calls.log, ["a+", "a done"]);
});

test("a stream gives its latest value, ends, fails, and is closed when the component leaves", async () => {
	let closed = 0;
	const next = [new Event(), new Event(), new Event()];
	async function* count(end: string): AsyncGenerator<number> {
		try {
			for (const [index, event] of next.entries()) {
				await event.wait();
				yield index;
			}
			if (end === "failed") throw new Error("no");
			if (end === "never") await sleepForever();
		} finally {
			closed++;
		}
	}
	function Counter({ end }: { end: string }): ReactNode {
		const { status, value, error } = useStream(() => count(end), [end]);
		return `${status} ${value} ${error}`;
	}
	const page = mount(<Counter end="done" />);
	await page.shows("running undefined undefined");
	next[0]?.set();
	await page.shows("running 0 undefined");
	next[1]?.set();
	await page.shows("running 1 undefined");
	next[2]?.set();
	await page.shows("done 2 undefined");
	page.render(<Counter end="failed" />);
	await page.shows("failed 2 Error: no");
	page.render(<Counter end="never" />);
	await page.shows("running 2 undefined");
	equal(closed, 2);
	await page.unmount();
	equal(closed, 3);
});

test("a stream of DOM events leaves no listener; a ReadableStream, a promise of one, an array are streams, too", async () => {
	const target = new EventTarget();
	let listeners = 0;
	const { addEventListener, removeEventListener } = target;
	target.addEventListener = (...args: never) => {
		listeners++;
		addEventListener.apply(target, args);
	};
	target.removeEventListener = (...args: never) => {
		listeners--;
		removeEventListener.apply(target, args);
	};
	let cancelled: unknown;
	const readable = new ReadableStream<string>({
		start: (controller) => controller.enqueue("r"),
		cancel: () => {
			cancelled = true;
		},
	});
	function All(): ReactNode {
		const ping = useStream(() => events<CustomEvent<string>>(target, "ping"), []);
		const read = useStream(() => readable, []);
		const later = useStream(async () => ["x", "y"], []);
		return [ping.value?.detail, read.value, later.status, later.value].join();
	}
	const page = mount(<All />);
	await page.shows(",r,done,y");
	equal(listeners, 1);
	flushSync(() => target.dispatchEvent(new CustomEvent("ping", { detail: "p" })));
	await page.shows("p,r,done,y");
	await page.unmount();
	equal([listeners, cancelled], [0, true]);
});

test("wrong arguments are named", async () => {
	const wrong: [() => unknown, string][] = [
		[() => useTask(5 as never, []), "TypeError: useTask: the first argument is no function"],
		[() => useTask((() => 1) as never, undefined as never), "TypeError: useTask: without dependencies it would"],
		[() => useStream(() => [], null as never), "TypeError: useStream: without dependencies it would"],
		[() => useAction(5 as never, { policy: "drop" }), "TypeError: useAction: the first argument is no function"],
		[() => useAction(() => 1, {} as never), "TypeError: useAction: policy is undefined; say what a call does"],
	];
	for (const [hook, message] of wrong) {
		const Wrong = (): ReactNode => String(hook());
		const page = mount(
			<Boundary>
				<Wrong />
			</Boundary>,
		);
		await seen("an error", () => page.container.textContent !== "");
		equal(page.container.textContent?.slice(0, message.length + 7), `caught ${message}`);
		await page.unmount();
	}
});
