/** What must not outlive this process. */
export interface Guarded {
	/** Passes a signal on that ends this process. */
	forward(signal: NodeJS.Signals): void;
	/** Ends it at once. */
	destroy(): void;
}

const guarded: Set<Guarded> = new Set();
const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Takes care that something ends with this process, however it ends: what is alive when the process exits is ended at once, and a
 * signal to which nobody else listens, which therefore ends the process, is passed on before. (Only SIGKILL cannot be
 * guarded against.) The listeners are there while something is guarded; the result lets go of it.
 */
export function guardExit(one: Guarded): () => void {
	if (guarded.size === 0) {
		process.on("exit", destroyAll);
		for (const signal of SIGNALS) process.on(signal, passOn);
	}
	guarded.add(one);
	return () => {
		if (!guarded.delete(one) || guarded.size > 0) return;
		stopListening();
	};
}

function stopListening(): void {
	process.off("exit", destroyAll);
	for (const signal of SIGNALS) process.off(signal, passOn);
}

function destroyAll(): void {
	for (const one of guarded) one.destroy();
}

function passOn(signal: NodeJS.Signals): void {
	// Whoever else listens decides what becomes of this process.
	if (process.listenerCount(signal) > 1) return;
	for (const one of guarded) one.forward(signal);
	stopListening();
	process.kill(process.pid, signal);
}
