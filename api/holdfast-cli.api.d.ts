// @holdfast/cli
//   ErrorFormat
//   formatError
//   main

// dist/format-error.d.ts
export interface ErrorFormat {
    readonly path?: string | undefined;
    readonly pathOf?: ((error: unknown) => string | undefined) | undefined;
    readonly color?: boolean;
    readonly hidden?: readonly string[];
    readonly root?: string;
    readonly suppressed?: (error: unknown) => readonly unknown[];
}
export declare function formatError(error: unknown, format?: ErrorFormat): string;

// dist/main.d.ts
export declare function main(words: readonly string[]): Promise<void>;
