import { HoldfastError } from "holdfast";

/** An adapter's own library is missing, or is a version that it cannot work with. The message says what to install. */
export class PeerError extends HoldfastError {
	override readonly name: string = "PeerError";
	readonly code: string = "HOLDFAST_PEER";
	/** What to install, as npm takes it: `"effect@^4.0.0"`. */
	readonly install: string;

	constructor(adapter: string, install: string, problem: string, options?: ErrorOptions) {
		super(`@holdfast/interop/${adapter} ${problem}: npm install ${install}`, options);
		this.install = install;
	}
}

/** @throws PeerError unless a library has what the adapter needs of it */
export function checkPeer(adapter: string, install: string, needs: readonly unknown[]): void {
	if (needs.some((need) => typeof need !== "function"))
		throw new PeerError(adapter, install, "works with another version of its library than the one that is installed");
}
