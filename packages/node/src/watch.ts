import * as fs from "node:fs";
import { join } from "node:path";
import { checkCount, checkOptions, checkSwitch } from "./check-options.ts";
import { checkPath, type FilePath } from "./check-path.ts";
import { fileError } from "./file-errors.ts";
import { EventSource, type HostEvents } from "./host-events.ts";

/**
 * Something may have changed. `"change"`: what is in the file, or its times. `"rename"`: it has come or gone under this name.
 * `"overflow"`: more has changed than was kept, and `path` is the one that is watched: look at all of it.
 */
export interface FileChange {
	readonly kind: "change" | "rename" | "overflow";
	readonly path: string;
}

/** Options of `watch`. */
export interface WatchOptions {
	/** Whether folders in it are watched too (default `false`). */
	recursive?: boolean;
	/** How many changes are kept that nobody has taken (default 1,024). With more there is one `"overflow"` in their place. */
	limit?: number;
}

/**
 * Watches a file or a folder, from the call on, for one consumer. Changes of the same path and kind that nobody has taken yet
 * are one. What the system tells differs: a single save can be several changes, and a file that is replaced is no longer watched by its
 * path, so watch its folder. Take a change as a reason to look, not as knowledge.
 *
 * Ends when the loop is left, with `close()`, and at the end of the owner of this call.
 * @throws FileNotFoundError, TooManyOpenFilesError and their like, at the call; ScopeMisuseError outside of a task
 * @example
 * for await (const { path } of watch("src", { recursive: true })) rebuild(path);
 */
export function watch(path: FilePath, options: WatchOptions = {}): HostEvents<FileChange> {
	const at = checkPath("watch", path);
	checkOptions("watch", options, ["recursive", "limit"]);
	const { recursive = false, limit = 1_024 } = options;
	checkSwitch("watch: recursive", recursive);
	checkCount("watch: limit", limit, 1);
	const changes = new Changes(at, limit);
	return new EventSource("watch", changes, (source) => {
		let watcher: fs.FSWatcher;
		let isFolder: boolean;
		try {
			isFolder = fs.statSync(at).isDirectory();
			watcher = fs.watch(at, { recursive, persistent: false });
		} catch (error) {
			throw fileError(error, "watch", at);
		}
		watcher.on("change", (kind, name) => {
			changes.add(kind === "rename" ? "rename" : "change", name === null || !isFolder ? at : join(at, String(name)));
			source.arrived();
		});
		watcher.on("error", (error) => source.fail(fileError(error, "watch", at)));
		return () => watcher.close();
	});
}

/** Changes that nobody has taken yet, each once. */
class Changes {
	readonly #root: string;
	readonly #limit: number;
	readonly #changes: Map<string, FileChange> = new Map();
	#over = false;

	constructor(root: string, limit: number) {
		this.#root = root;
		this.#limit = limit;
	}

	add(kind: "change" | "rename", path: string): void {
		const key = `${kind} ${path}`;
		if (this.#over || this.#changes.has(key)) return;
		if (this.#changes.size < this.#limit) {
			this.#changes.set(key, { kind, path });
			return;
		}
		// Whoever looks at everything has no use for the rest.
		this.#over = true;
		this.#changes.clear();
	}

	take(): FileChange | undefined {
		if (this.#over) {
			this.#over = false;
			return { kind: "overflow", path: this.#root };
		}
		for (const [key, change] of this.#changes) {
			this.#changes.delete(key);
			return change;
		}
		return undefined;
	}
}
