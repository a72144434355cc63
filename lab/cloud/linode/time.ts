/** A time of the model as this API writes it: without a zone, which is UTC; clients read no other form. */
export const time = (timestamp: string): string => timestamp.slice(0, 19);
