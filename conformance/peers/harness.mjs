// What the programs of all systems share: a pause of the host, what was said aloud, and the messages in an error.

/** Real milliseconds of the host, outside of every system. */
export function pause(milliseconds) {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
	});
}

/** Every message that can be found from an error: its own, its causes, what it carries along in any known form. */
export function messagesOf(error, known = new Set()) {
	if (typeof error !== "object" || error === null || known.has(error)) return [];
	known.add(error);
	const carried = [error.cause, error.error, error.suppressed, ...(Array.isArray(error.errors) ? error.errors : [])];
	return [error.message, ...carried.flatMap((it) => messagesOf(it, known))].filter(
		(it) => typeof it === "string" && it !== "",
	);
}

const heard = [];

/** What has been printed, or reported by the host as unhandled, since the program began, as one text. */
export function saidAloud() {
	return heard.join("\n");
}

/** Another program begins. */
export function forgetWhatWasSaid() {
	heard.length = 0;
}

/** Listens to the console and to the host's reports, so that a program can tell whether anybody was told. */
export function listen() {
	for (const method of ["debug", "log", "info", "warn", "error"])
		console[method] = (...values) => void heard.push(values.map(textOf).join(" "));
	for (const event of ["unhandledRejection", "uncaughtException"])
		process.on(event, (reason) => void heard.push(textOf(reason)));
}

function textOf(value) {
	return value instanceof Error ? [value.stack, ...messagesOf(value)].join("\n") : String(value);
}
