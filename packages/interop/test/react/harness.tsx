// What the cases in a page are written with. Each waits for what it sees, and says what it has seen instead.
import { dumpTasks } from "holdfast";
import { Component, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";

export const cases: Map<string, () => Promise<void>> = new Map();

export function test(name: string, body: () => Promise<void>): void {
	cases.set(name, body);
}

export function equal(actual: unknown, expected: unknown): void {
	const [seen, wanted] = [actual, expected].map((value) => JSON.stringify(value));
	if (seen !== wanted) throw new Error(`${seen} instead of ${wanted}`);
}

/** A turn of the host. */
export function turn(): Promise<void> {
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(undefined);
	});
}

/** Ends when something is so. */
export async function seen(what: string, test: () => boolean, show: () => unknown = () => ""): Promise<void> {
	const end = Date.now() + 20_000;
	while (!test()) {
		if (Date.now() > end) throw new Error(`never seen: ${what}; seen is ${JSON.stringify(show())}\n${dumpTasks()}`);
		await turn();
	}
}

/** Ends when no run is left. */
export function idle(): Promise<void> {
	return seen("the end of all runs", () => dumpTasks() === "No run is alive.");
}

export interface Mounted {
	readonly container: HTMLElement;
	render(element: ReactNode): void;
	/** Ends when the page shows a text. */
	shows(text: string): Promise<void>;
	unmount(): Promise<void>;
}

export function mount(element: ReactNode, { strict = false } = {}): Mounted {
	const container = document.body.appendChild(document.createElement("div"));
	// Errors that a boundary has caught are no news.
	const root = createRoot(container, { onCaughtError: () => {} } as object);
	const render = (element: ReactNode): void => root.render(strict ? <StrictMode>{element}</StrictMode> : element);
	render(element);
	return {
		container,
		render,
		shows: (text) =>
			seen(
				text,
				() => container.textContent === text,
				() => container.textContent,
			),
		async unmount() {
			root.unmount();
			container.remove();
			await idle();
		},
	};
}

/** Shows the error that it catches. */
export class Boundary extends Component<{ children: ReactNode }, { caught?: { error: unknown } }> {
	override state: { caught?: { error: unknown } } = {};

	static getDerivedStateFromError(error: unknown): { caught: { error: unknown } } {
		return { caught: { error } };
	}

	override render(): ReactNode {
		const { caught } = this.state;
		return caught === undefined ? this.props.children : `caught ${String(caught.error)}`;
	}
}
