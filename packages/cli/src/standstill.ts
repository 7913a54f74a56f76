/** Calls back if the process ends because nothing is left that could go on, and not because somebody ended it. */
export function onStandstill(callback: () => void): () => void {
	let drained = false;
	const onDrained = (): void => {
		drained = true;
		// Rings only if one of the other listeners has found something to do.
		setTimeout(() => {
			drained = false;
		}, 0).unref();
	};
	const onExit = (): void => {
		if (drained) callback();
	};
	process.on("beforeExit", onDrained);
	process.on("exit", onExit);
	return () => {
		process.off("beforeExit", onDrained);
		process.off("exit", onExit);
	};
}
