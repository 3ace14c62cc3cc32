package io.gannet.internal;

/** The version of this jar, written here by the build: a constant costs no start-up time. */
final class Version {

    static final String VALUE = "${project.version}";

    private Version() {}
}
