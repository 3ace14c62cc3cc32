package io.gannet.internal;

import io.gannet.NetOptions;

/** The numbers by which C knows the choices among options. */
final class OptionCodes {
    private OptionCodes() {}

    static int of(NetOptions.Backend backend) {
        return switch (backend) {
            case AUTO -> NativeLoop.BACKEND_AUTO;
            case IO_URING -> NativeLoop.BACKEND_IO_URING;
            case EPOLL -> NativeLoop.BACKEND_EPOLL;
            case KQUEUE -> NativeLoop.BACKEND_KQUEUE;
        };
    }

    static int of(NetOptions.Idle idle) {
        return switch (idle) {
            case OFF -> NativeLoop.IDLE_OFF;
            case READ -> NativeLoop.IDLE_READ;
            case WRITE -> NativeLoop.IDLE_WRITE;
            case BOTH -> NativeLoop.IDLE_BOTH;
        };
    }
}
