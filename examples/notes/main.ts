/** An HTTP service over SQLite: `holdfast run examples/notes/main.ts notes.db 8080`. */
"use structured";

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { serveHttp } from "@holdfast/node";
import { resource } from "holdfast";

/** @returns the exit code. */
export default async function main([file = "notes.db", port = "8080"]: string[]): Promise<number> {
	const sqlite = await loadSqlite();
	if (sqlite === undefined) {
		process.stderr.write(`notes: Node ${process.versions.node} has no node:sqlite here; use 22.13 or newer.\n`);
		return 1;
	}
	// It is closed when main ends: after the server, and so after the last request.
	const database = await resource(
		() => new sqlite.DatabaseSync(file),
		(open) => {
			open.close();
			console.log("database closed");
		},
	);
	const notes = new Notes(database);
	await serveHttp({
		port: Number(port),
		fetch: async (request) => await answer(request, notes),
		maxBodySize: 65_536,
		onListening: ({ url }) => console.log(`notes on ${url}`),
	});
	return 0;
}

/** Node 20 has none. */
async function loadSqlite(): Promise<typeof import("node:sqlite") | undefined> {
	try {
		return await import("node:sqlite");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ERR_UNKNOWN_BUILTIN_MODULE") return undefined;
		throw error;
	}
}

interface Note {
	readonly id: number;
	readonly text: string;
	readonly created: string;
}

/** The table. Each call is done when it returns: a request that is cancelled is stopped between two of them, never within. */
class Notes {
	readonly #all: StatementSync;
	readonly #one: StatementSync;
	readonly #insert: StatementSync;
	readonly #delete: StatementSync;

	constructor(database: DatabaseSync) {
		database.exec(`
			PRAGMA journal_mode = WAL;
			CREATE TABLE IF NOT EXISTS notes (
				id INTEGER PRIMARY KEY, text TEXT NOT NULL, created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
			);
		`);
		this.#all = database.prepare("SELECT * FROM notes ORDER BY id DESC LIMIT 100");
		this.#one = database.prepare("SELECT * FROM notes WHERE id = ?");
		this.#insert = database.prepare("INSERT INTO notes (text) VALUES (?) RETURNING *");
		this.#delete = database.prepare("DELETE FROM notes WHERE id = ?");
	}

	latest(): Note[] {
		return this.#all.all() as unknown as Note[];
	}

	get(id: number): Note | undefined {
		return this.#one.get(id) as Note | undefined;
	}

	add(text: string): Note {
		return this.#insert.get(text) as unknown as Note;
	}

	/** Tells whether it was there. */
	delete(id: number): boolean {
		return this.#delete.run(id).changes === 1;
	}
}

async function answer(request: Request, notes: Notes): Promise<Response> {
	const { pathname } = new URL(request.url);
	const [, digits] = /^\/notes\/(\d{1,15})$/.exec(pathname) ?? [];
	if (pathname !== "/notes" && digits === undefined) return refuse(404, "GET or POST /notes; GET or DELETE /notes/1");
	const id = Number(digits);
	switch (`${request.method} ${digits === undefined ? "all" : "one"}`) {
		case "GET all":
			return Response.json(notes.latest());
		case "POST all": {
			const text = textOf(await request.text());
			if (text === undefined) return refuse(400, 'the body is no JSON such as { "text": "buy milk" }');
			const note = notes.add(text);
			return Response.json(note, { status: 201, headers: { location: `/notes/${note.id}` } });
		}
		case "GET one": {
			const note = notes.get(id);
			return note === undefined ? refuse(404, `there is no note ${id}`) : Response.json(note);
		}
		case "DELETE one":
			return notes.delete(id) ? new Response(null, { status: 204 }) : refuse(404, `there is no note ${id}`);
		default:
			return refuse(405, `${request.method} does not go here`);
	}
}

/** The text of a new note, or `undefined` if the body is none. */
function textOf(body: string): string | undefined {
	try {
		const { text } = (JSON.parse(body) ?? {}) as { text?: unknown };
		return typeof text === "string" && text.trim() !== "" ? text : undefined;
	} catch {
		return undefined;
	}
}

function refuse(status: number, error: string): Response {
	return Response.json({ error }, { status });
}
