/**
 * Calls back when nobody reads the standard output any more (`| head`), unless the program listens for that itself.
 * Without a listener Node would end the program with an uncaught `EPIPE`, or, written to by `console.log`, let it go
 * on for nobody.
 */
export function onOutputClosed(callback: () => void): void {
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (process.stdout.listenerCount("error") > 1) return;
		if (error.code !== "EPIPE") throw error;
		callback();
	});
	// Errors that cannot be printed have nowhere else to go.
	process.stderr.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE" && process.stderr.listenerCount("error") === 1) throw error;
	});
}
