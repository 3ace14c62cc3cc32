package io.gannet.http;

/**
 * A receiver that somebody reads from and may wait for: it hears of every end of a body, also when
 * the response was complete before it, and also while it is paused.
 */
sealed interface BodyReceiver extends HttpReceiver permits BodyInput, BodyPublisher.Subscribed {}
