// A slow server that keeps a log of what became of each request.
import type { IncomingMessage, ServerResponse } from "node:http";

/** What the server has seen of one request. */
export interface Entry {
	readonly id: number;
	readonly path: string;
	readonly state: "open" | "finished" | "aborted";
}

const facts: Record<string, Record<string, string>> = {
	Mercury: { orbit: "88 days", weather: "430 °C at noon, −180 °C at night", moons: "none" },
	Venus: { orbit: "225 days", weather: "464 °C, rain of sulphuric acid", moons: "none" },
	Mars: { orbit: "687 days", weather: "−63 °C, dust storms", moons: "Phobos, Deimos" },
	Jupiter: { orbit: "12 years", weather: "one storm, for 190 years", moons: "Io, Europa, Ganymede, Callisto and more" },
	Saturn: { orbit: "29 years", weather: "winds of 1,800 km/h", moons: "Titan, Enceladus, Rhea and more" },
};

/** Seconds that a request takes, by its path: always the same, so that one can watch for it. */
const slowly = (path: string): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, 1_200 + ((path.length * 733) % 2_400)));

/** @param wait ends when a request is to be answered */
export function createApi(wait: (path: string) => Promise<void> = slowly): {
	handle(request: IncomingMessage, response: ServerResponse, next: () => void): void;
	readonly log: readonly Entry[];
	/** Called after each change of the log. */
	readonly listeners: Set<() => void>;
} {
	const log: Entry[] = [];
	const listeners = new Set<() => void>();
	const change = (entry: Entry): void => {
		log[entry.id] = entry;
		for (const listener of listeners) listener();
	};

	function handle(request: IncomingMessage, response: ServerResponse, next: () => void): void {
		const path = new URL(request.url ?? "/", "http://localhost").pathname;
		if (path === "/api/log") streamLog(response);
		else if (path.startsWith("/api/planets/")) void answer(path.slice("/api/planets/".length), response);
		else next();
	}

	async function answer(path: string, response: ServerResponse): Promise<void> {
		const entry: Entry = { id: log.length, path, state: "open" };
		change(entry);
		response.on("close", () => change({ ...entry, state: response.writableFinished ? "finished" : "aborted" }));
		await wait(path);
		const [planet = "", part = ""] = path.split("/");
		const fact = part === "hail" ? `${planet} has heard you` : facts[planet]?.[part];
		response.writeHead(fact === undefined ? 404 : 200, { "content-type": "application/json" });
		response.end(JSON.stringify({ fact }));
	}

	/** A line of JSON per change, for as long as somebody listens. */
	function streamLog(response: ServerResponse): void {
		const send = (): void => void response.write(`${JSON.stringify(log)}\n`);
		response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
		listeners.add(send);
		response.on("close", () => listeners.delete(send));
		send();
	}

	return { handle, log, listeners };
}
