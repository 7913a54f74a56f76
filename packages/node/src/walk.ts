import * as fs from "node:fs";
import { join } from "node:path";
import { BusyResourceError, type Coroutine, coroutine, operation, suspend } from "holdfast";
import { throwIfCancelled } from "./buffered-reader.ts";
import { checkCount, checkOptions, checkSwitch } from "./check-options.ts";
import { checkPath, type FilePath } from "./check-path.ts";
import { describe } from "./describe.ts";
import { fileError } from "./file-errors.ts";
import { byName } from "./file-operations.ts";

/** What `walk` gives for everything that it finds. */
export interface WalkEntry {
	/** The path that was given to `walk`, and the way from there. */
	readonly path: string;
	readonly name: string;
	readonly kind: "file" | "directory" | "symlink" | "other";
	/** How deep it stands: 1 for what is in the folder itself. */
	readonly depth: number;
}

/** Options of `walk`. */
export interface WalkOptions {
	/** How many folders may be read at once, ahead of what was given (default 8). */
	concurrency?: number;
	/** How deep to go (default `Infinity`); 1 gives what is in the folder itself. */
	maxDepth?: number;
	/** Whether symbolic links to folders are entered too (default `false`). Each folder is entered once, so no loop is endless. */
	followSymlinks?: boolean;
	/** Whether a folder that was found is entered (default: all are). It must not wait. */
	enter?: (entry: WalkEntry) => boolean;
	/** What to do about a folder that cannot be read (default: throw it). What vanishes meanwhile is no error. */
	onError?: (error: Error) => void;
}

/** The way through a tree of folders, for one consumer: for `for await`, and for generators by `yield* entries.next()`. */
export interface Walk extends AsyncIterable<WalkEntry, undefined> {
	/**
	 * Gives the next entry. Cancelled: throws `Cancelled`; no entry is lost.
	 * @throws BusyResourceError if somebody waits in it already
	 */
	next(): Coroutine<IteratorResult<WalkEntry, undefined>>;
	/** Ends it: what `for await` calls when the loop is left. */
	return(): IteratorReturnResult<undefined>;
	[Symbol.asyncIterator](): AsyncIterator<WalkEntry, undefined>;
}

/**
 * Goes through everything in a folder, and in the folders in it: each folder is given before what is in it, and what is in it by
 * name, the same on every machine. Folders are read ahead, but no more than `concurrency` of them. Memory grows with the
 * largest folder, not with the tree, unless links are followed.
 *
 * Cancelled: stops; reads of the system that are under way are left alone, and change nothing.
 * @throws FileNotFoundError, NotDirectoryError for the folder itself; PermissionError and their like for it and those in it
 * @example
 * for await (const { path, kind } of walk("src")) if (kind === "file" && path.endsWith(".ts")) check(path);
 */
export function walk(path: FilePath, options: WalkOptions = {}): Walk {
	const at = checkPath("walk", path);
	checkOptions("walk", options, ["concurrency", "maxDepth", "followSymlinks", "enter", "onError"]);
	const { concurrency = 8, maxDepth = Number.POSITIVE_INFINITY, followSymlinks = false, enter, onError } = options;
	checkCount("walk: concurrency", concurrency, 1);
	checkCount("walk: maxDepth", maxDepth, 1);
	checkSwitch("walk: followSymlinks", followSymlinks);
	for (const [name, callback] of Object.entries({ enter, onError }))
		if (callback !== undefined && typeof callback !== "function")
			throw new TypeError(`walk: ${name} is ${describe(callback)}; pass a function.`);
	return new Walker(at, { concurrency, maxDepth, followSymlinks, enter, onError });
}

interface Settings {
	readonly concurrency: number;
	readonly maxDepth: number;
	readonly followSymlinks: boolean;
	readonly enter: ((entry: WalkEntry) => boolean) | undefined;
	readonly onError: ((error: Error) => void) | undefined;
}

/** A folder that was found. */
interface Folder {
	readonly entry: WalkEntry;
	state: "found" | "reading" | "read";
	entries: readonly fs.Dirent[];
	/** Device and number, where links are followed. */
	identity: string | undefined;
	error: unknown;
}

/** A folder that is being gone through. */
interface Frame {
	readonly items: readonly { readonly entry: WalkEntry; readonly folder: Folder | undefined }[];
	/** The next one to give. */
	next: number;
	/** The next one to look at for reading ahead. */
	ahead: number;
}

class Walker implements Walk {
	readonly #settings: Settings;
	/** The folders from the first one down to where it stands. */
	readonly #frames: Frame[] = [];
	/** The folder that was given last, or the first one: it comes next. */
	#descend: Folder | undefined;
	readonly #entered: Set<string> = new Set();
	/** How many folders are being read, or were and wait for their turn. */
	#ahead = 0;
	#waiting = false;
	#wake: (() => void) | undefined;

	constructor(root: string, settings: Settings) {
		this.#settings = settings;
		this.#descend = folderOf({ path: root, name: root, kind: "directory", depth: 0 });
	}

	next(): Coroutine<IteratorResult<WalkEntry, undefined>> {
		return nextEntry(this);
	}

	return(): IteratorReturnResult<undefined> {
		this.#descend = undefined;
		this.#frames.length = 0;
		return { done: true, value: undefined };
	}

	[Symbol.asyncIterator](): AsyncIterator<WalkEntry, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return this as unknown as AsyncIterator<WalkEntry, undefined>;
	}

	/** @internal */
	*nextAsync(): Generator<never, IteratorResult<WalkEntry, undefined>, unknown> {
		if (this.#waiting)
			throw new BusyResourceError("walk: a task waits for its next entry already; walk once for each consumer.");
		yield* throwIfCancelled();
		for (let step = this.#step(); ; step = this.#step()) {
			this.#readAhead();
			if (step !== undefined) return step;
			const folder = this.#descend as Folder;
			this.#waiting = true;
			try {
				yield* suspend<void>(
					(resume) => {
						this.#wake = () => {
							if (folder.state === "read") resume();
						};
						return () => {
							this.#wake = undefined;
						};
					},
					{ label: "walk", outside: true },
				);
			} finally {
				this.#waiting = false;
			}
		}
	}

	/** @internal */
	nextSync(): IteratorResult<WalkEntry, undefined> {
		for (let step = this.#step(); ; step = this.#step()) {
			if (step !== undefined) return step;
			const folder = this.#descend as Folder;
			const { path } = folder.entry;
			try {
				if (this.#settings.followSymlinks) folder.identity = identityOf(fs.statSync(path));
				folder.entries = fs.readdirSync(path, { withFileTypes: true });
			} catch (error) {
				folder.error = error;
			}
			if (folder.state === "found") this.#ahead++;
			folder.state = "read";
		}
	}

	/** The next entry, or the end; `undefined` if the next folder has to be read first. */
	#step(): IteratorResult<WalkEntry, undefined> | undefined {
		const descend = this.#descend;
		if (descend !== undefined) {
			if (descend.state !== "read") return undefined;
			this.#descend = undefined;
			this.#ahead--;
			this.#enter(descend);
		}
		for (let top = this.#frames.at(-1); top !== undefined; top = this.#frames.at(-1)) {
			const item = top.items[top.next++];
			if (item !== undefined) {
				this.#descend = item.folder;
				return { done: false, value: item.entry };
			}
			this.#frames.pop();
		}
		return { done: true, value: undefined };
	}

	/** @throws FileSystemError if it could not be read, unless `onError` takes that */
	#enter({ entry, entries, identity, error }: Folder): void {
		if (error) {
			const { code } = error as { code?: string };
			// Others may change the tree meanwhile; and not every link leads to a folder.
			if (entry.depth > 0 && (code === "ENOENT" || code === "ENOTDIR")) return;
			const named = fileError(error, "walk", entry.path) as Error;
			if (this.#settings.onError === undefined) throw named;
			this.#settings.onError(named);
			return;
		}
		if (identity !== undefined) {
			if (this.#entered.has(identity)) return;
			this.#entered.add(identity);
		}
		const items = [...entries].sort(byName).map((found) => {
			const inner: WalkEntry = {
				path: join(entry.path, found.name),
				name: found.name,
				kind: kindOf(found),
				depth: entry.depth + 1,
			};
			return { entry: inner, folder: this.#isToBeEntered(inner) ? folderOf(inner) : undefined };
		});
		this.#frames.push({ items, next: 0, ahead: 0 });
	}

	#isToBeEntered(entry: WalkEntry): boolean {
		const { followSymlinks, maxDepth, enter } = this.#settings;
		if (entry.kind !== "directory" && !(followSymlinks && entry.kind === "symlink")) return false;
		return entry.depth < maxDepth && (enter === undefined || enter(entry));
	}

	/** Reads the folders that come next: first the one that is waited for, then those beside it and above. */
	#readAhead(): void {
		if (this.#descend !== undefined) this.#read(this.#descend);
		const { concurrency } = this.#settings;
		for (let depth = this.#frames.length - 1; depth >= 0 && this.#ahead < concurrency; depth--) {
			const frame = this.#frames[depth] as Frame;
			frame.ahead = Math.max(frame.ahead, frame.next);
			while (this.#ahead < concurrency && frame.ahead < frame.items.length) {
				const { folder } = frame.items[frame.ahead++] as Frame["items"][number];
				if (folder !== undefined) this.#read(folder);
			}
		}
	}

	#read(folder: Folder): void {
		if (folder.state !== "found") return;
		folder.state = "reading";
		this.#ahead++;
		const { path } = folder.entry;
		const done = (error: unknown, entries: readonly fs.Dirent[] = []): void => {
			folder.error = error;
			folder.entries = entries;
			folder.state = "read";
			this.#wake?.();
		};
		const read = (): void => fs.readdir(path, { withFileTypes: true }, done);
		if (!this.#settings.followSymlinks) read();
		else
			fs.stat(path, (error, stats) => {
				if (error) {
					done(error);
					return;
				}
				folder.identity = identityOf(stats);
				read();
			});
	}
}

function folderOf(entry: WalkEntry): Folder {
	return { entry, state: "found", entries: [], identity: undefined, error: undefined };
}

function identityOf({ dev, ino }: fs.Stats): string {
	return `${dev}:${ino}`;
}

function kindOf(found: fs.Dirent): WalkEntry["kind"] {
	if (found.isFile()) return "file";
	if (found.isDirectory()) return "directory";
	return found.isSymbolicLink() ? "symlink" : "other";
}

const nextEntry = /* @__PURE__ */ operation({
	async: coroutine(function* walk(walker: Walker): Generator<never, IteratorResult<WalkEntry, undefined>, unknown> {
		return yield* walker.nextAsync();
	}),
	sync: (walker: Walker) => walker.nextSync(),
});
