// A Worker whose requests run side by side in one isolate. The driver holds and opens gates (`/gate/<name>` of its own
// server, at the address in `gates`), so that the order of events is given and nothing is measured in time.
import {
	ContextVar,
	checkpoint,
	createChannel,
	Event,
	moveOnAfter,
	run,
	shield,
	sleep,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { fetch } from "holdfast/fetch";

const visitor = new ContextVar<string>("visitor", { default: "nobody" });
/** What the requests of this isolate have in common. */
const log: string[] = [];
const shared = new Event();
const mail = createChannel<string>(10);

let gates = "";

async function gate(name: string): Promise<string> {
	const response = await fetch(`${gates}/gate/${name}`);
	return await response.text();
}

async function fail(): Promise<void> {
	await sleep(1);
	throw new Error("nobody observes this");
}

async function late(name: string): Promise<void> {
	try {
		await gate(`${name}-background`);
	} finally {
		log.push(`${name} ended its background task`);
	}
}

const programs: Record<string, (name: string, request: Request) => Promise<unknown>> = {
	/** Waits for its gate between reads of its context. */
	async context(name) {
		visitor.set(name);
		const seen: string[] = [];
		for (let round = 0; round < 3; round++) {
			await gate(`${name}-${round}`);
			await sleep(1);
			await withTaskGroup(async (group) => {
				group.spawn(async () => void seen.push(visitor.get()));
			});
		}
		return seen;
	},
	async timeout(name) {
		try {
			return await withTimeout(5, () => gate(name));
		} catch (error) {
			return (error as Error).name;
		}
	},
	async waits(name) {
		return await withTimeout(60_000, () => gate(name));
	},
	async cancelled(name) {
		return await withTaskGroup(async (group) => {
			group.spawn(gate, name);
			await sleep(1);
			group.cancel();
		}).then(() => "cancelled");
	},
	async fails() {
		fail();
		await gate("never");
	},
	/** Another request will set the event; afterwards this one goes on with I/O of its own. */
	async receiver(name, request) {
		log.push(`${name} waits`);
		// workerd takes a request that waits for nothing of its own for hung: the deadline is its own.
		await withTimeout(60_000, () => shared.wait());
		const body = await request.text();
		await sleep(1);
		const letter = await mail.receiver.receive();
		return `${body} ${await gate(name)} ${letter}`;
	},
	async sender(name) {
		shared.set();
		await mail.sender.send(`a letter of ${name}`);
		await sleep(1);
		return "sent";
	},
	async left(name) {
		log.push(`${name} began`);
		late(name);
		await gate(name);
		return "not reached";
	},
	/** The clock stands still while a request computes: the step ceiling alone gives the host its turn. */
	async busy(name) {
		let others = 0;
		const timer = setTimeout(() => others++, 0);
		for (let step = 0; others === 0 && step < 2_000_000; step++) await checkpoint();
		clearTimeout(timer);
		return `${name} ${others}`;
	},
	async deadline(name) {
		let steps = 0;
		await moveOnAfter(5, async () => {
			for (;;) {
				steps++;
				await checkpoint();
			}
		});
		return steps > 0 ? `${name} left its loop` : "no step";
	},
	async shielded(name) {
		return await moveOnAfter(1, () => shield(() => gate(name)));
	},
};

interface Lifetime {
	waitUntil(promise: Promise<unknown>): void;
}

export default {
	async fetch(request: Request, _environment: unknown, lifetime: Lifetime): Promise<Response> {
		const url = new URL(request.url);
		gates = url.searchParams.get("gates") ?? gates;
		const name = url.searchParams.get("name") ?? "";
		if (url.pathname === "/log") return Response.json(log);
		const program = programs[url.pathname.slice(1)];
		if (program === undefined) return new Response("no such program", { status: 404 });
		const reports: string[] = [];
		try {
			const running = run(program, {
				args: [name, request],
				onReport: ({ kind, error }) => void reports.push(`${kind}: ${error}`),
			});
			if (url.searchParams.has("whole")) lifetime.waitUntil(running.catch(() => {}));
			const value = await running;
			return Response.json({ value: value ?? null, reports });
		} catch (error) {
			return Response.json({ error: String(error), reports });
		}
	},
};
