let last = 0;

/** The number of the next connection that this process takes, of http's and stream's alike: $connection, and "*1" in the error log. */
export const nextConnectionNumber = (): number => ++last;
