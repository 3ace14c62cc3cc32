/**
 * Small programs against the public API. {@code scripts/example.sh NAME} starts one; they take
 * PORT, HOST, BACKEND and LOOPS from the environment.
 */
package io.gannet.examples;
