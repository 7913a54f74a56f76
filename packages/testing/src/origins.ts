/** The least of `node:async_hooks` that is needed. */
interface AsyncHooks {
	createHook(hooks: { init(id: number, type: string): void; destroy(id: number): void }): {
		enable(): void;
		disable(): void;
	};
}

interface HostProcess {
	getBuiltinModule?(name: string): AsyncHooks | undefined;
	on?(event: "newListener", listener: (event: string | symbol) => void): void;
	off?(event: "newListener", listener: (event: string | symbol) => void): void;
}

/** Where the host's handles and the listeners of `process` began, from `watch()` to `stop()`. */
export interface Origins {
	/** The places at which what is left of a kind began, latest first; empty where the host does not tell. */
	placesOf(kind: string): readonly string[];
	stop(): void;
}

/** Kinds of `process.getActiveResourcesInfo()` that async hooks know by another name. */
const OTHER_NAMES: Record<string, string> = { tcpsocketwrap: "tcpwrap" };

/** Notes where handles are made. Does nothing where the host has no async hooks. */
export function watchOrigins(): Origins {
	const { process } = globalThis as unknown as { process?: HostProcess };
	const handles = new Map<number, { type: string; place: string }>();
	const listeners: { kind: string; place: string }[] = [];
	const onListener = (event: string | symbol): void => {
		const place = placeOfCaller();
		if (place !== undefined) listeners.push({ kind: listenerKind(event), place });
	};
	const hook = process?.getBuiltinModule?.("node:async_hooks")?.createHook({
		init(id, type) {
			if (PASSING.has(type)) return;
			const place = placeOfCaller();
			if (place !== undefined) handles.set(id, { type: type.toLowerCase(), place });
		},
		destroy(id) {
			handles.delete(id);
		},
	});
	hook?.enable();
	process?.on?.("newListener", onListener);
	return {
		placesOf(kind) {
			const type = OTHER_NAMES[kind.toLowerCase()] ?? kind.toLowerCase();
			const found = [...handles.values()].filter((it) => it.type === type);
			return [...found, ...listeners.filter((it) => it.kind === kind)].map((it) => it.place).reverse();
		},
		stop() {
			hook?.disable();
			process?.off?.("newListener", onListener);
		},
	};
}

export function listenerKind(event: string | symbol): string {
	return `listener of process for ${String(event)}`;
}

/** What is no handle of its own, or over with the turn in which it is seen. */
const PASSING = new Set(["PROMISE", "TickObject", "Microtask", "Immediate", "TIMERWRAP"]);

const OURS =
	/[\\/](@?holdfast|packages)[\\/](testing|holdfast)[\\/](src|dist)[\\/](?!.*\.test\.)|node:|<anonymous>|process\.(emit|on|once|addListener)\b/;

/** The innermost line of the stack that is neither the host's nor Holdfast's. */
function placeOfCaller(): string | undefined {
	const lines = new Error().stack?.split("\n").slice(1) ?? [];
	const line = lines.find((it) => !OURS.test(it));
	return line?.trim().replace(/^at (async )?/, "");
}
