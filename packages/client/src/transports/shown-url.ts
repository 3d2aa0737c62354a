// A URL as errors show it: without what may let somebody in, a user's name and password and what stands in its query.

/** Also for a text that is no URL. */
export function shownUrl(url: string): string {
  return url.replace(/(\/\/)[^/?#]*@|[?#][^]*/g, '$1')
}
