/** A browser that has been started. */
export interface Browser {
	stop(): Promise<void>;
}

/** What reached console, log and debugger of a page. */
export interface PageEvent {
	readonly method: string;
	readonly params: unknown;
}

export interface Page {
	/** The value of an expression in the page; a promise is awaited. */
	evaluate(expression: string): Promise<unknown>;
	/** A method of the DevTools protocol. */
	send(method: string, params?: object): Promise<unknown>;
	readonly events: readonly PageEvent[];
}

export declare function installChromium(): string;
export declare function launch(program: string): Promise<Browser>;
export declare function withPage<T>(browser: Browser, url: string, body: (page: Page) => Promise<T>): Promise<T>;
