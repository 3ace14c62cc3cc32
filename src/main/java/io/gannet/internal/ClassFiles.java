package io.gannet.internal;

import java.io.File;

/**
 * Loads all classes of the library at once where each is a file of its own. One that is wanted for
 * the first time while the process has no descriptor left is not found, and the JVM remembers that
 * for ever: a server that was flooded in its first second would refuse every request from then on.
 * A jar stays open, so nothing needs to be done about it.
 */
final class ClassFiles {
    private static final String ENDING = ".class";

    private ClassFiles() {}

    /** Loads what can be loaded. Never throws: what fails here fails again where it is used. */
    static void load() {
        String own = ClassFiles.class.getPackageName();
        String name = own.substring(0, own.lastIndexOf('.'));
        try {
            File place = OwnJar.place();
            if (place != null) {
                load(name, new File(place, name.replace('.', '/')));
            }
        } catch (RuntimeException | LinkageError e) {
            Log.warn("the classes of the library could not be loaded in advance", e);
        }
    }

    /** Loads the classes of a package and those below it. */
    private static void load(String name, File folder) {
        File[] files = folder.listFiles();
        if (files == null) {
            return;
        }
        for (File file : files) {
            String entry = file.getName();
            if (entry.endsWith(ENDING)) {
                loadOne(name + '.' + entry.substring(0, entry.length() - ENDING.length()));
            } else {
                load(name + '.' + entry, file);
            }
        }
    }

    private static void loadOne(String name) {
        try {
            Class.forName(name, false, ClassFiles.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            /* As of a class for a library that is not there. */
            return;
        }
    }
}
