import { type MessagePort, Worker, type WorkerOptions } from "node:worker_threads";

/** How threads are started. */
export interface ThreadOptions {
	readonly name?: string | undefined;
	readonly setup?: string | undefined;
	readonly execArgv?: readonly string[] | undefined;
	readonly env?: WorkerOptions["env"];
	readonly resourceLimits?: WorkerOptions["resourceLimits"];
}

/** Set by the compiler's loader: what a thread imports to compile its modules too. */
const compiler = Symbol.for("holdfast.compiler.registered");

/** Starts a thread. What runs in it is named by literals, so that bundlers find it. */
export function startWorker(
	main: "worker-main" | "helper-main",
	port: MessagePort,
	{ name, setup, execArgv, env, resourceLimits }: ThreadOptions,
): Worker {
	const isSource = import.meta.url.endsWith(".ts");
	const options: WorkerOptions = {
		workerData: { port, setup },
		transferList: [port],
		...(name !== undefined && { name }),
		...(env !== undefined && { env }),
		...(resourceLimits !== undefined && { resourceLimits }),
	};
	const register = (process as { [compiler]?: unknown })[compiler];
	const extra = [
		...(typeof register === "string" ? ["--import", register] : []),
		...(isSource ? ["--conditions=@holdfast/source"] : []),
	];
	const start = (flags: readonly string[] | undefined): Worker => {
		const all = flags === undefined ? options : { ...options, execArgv: [...flags] };
		if (main === "helper-main")
			return isSource
				? new Worker(new URL("./helper-main.ts", import.meta.url), all)
				: new Worker(new URL("./helper-main.js", import.meta.url), all);
		return isSource
			? new Worker(new URL("./worker-main.ts", import.meta.url), all)
			: new Worker(new URL("./worker-main.js", import.meta.url), all);
	};
	if (execArgv !== undefined) return start([...execArgv, ...extra]);
	// Without any, those of this thread are inherited.
	if (extra.length === 0) return start(undefined);
	const inherited = inheritedFlags();
	try {
		return start([...inherited, ...extra]);
	} catch (error) {
		// Flags of the engine and of the process as a whole hold in all threads, but cannot be given to one.
		const refused = /flags: (.*)$/.exec((error as Error).message)?.[1]?.split(", ") ?? [];
		return start([...inherited.filter((flag) => !refused.includes(flag)), ...extra]);
	}
}

/** The flags of this process, without the program that may stand among them. */
function inheritedFlags(): string[] {
	const flags = [...process.execArgv];
	for (let index = 0; index < flags.length; )
		if (/^(?:-e|-p|-pe|--eval|--print)$/.test(flags[index] as string)) flags.splice(index, 2);
		else if (/^--(?:eval|print|input-type|watch|test|inspect)/.test(flags[index] as string)) flags.splice(index, 1);
		else index++;
	return flags;
}
