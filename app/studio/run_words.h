// The state of a run in words, for the status bar: what, how much, since when.
#pragma once

#include "app/studio/run.h"

#include <QString>

namespace tantrum::studio {

enum class RunMood { idle, playing, paused, recorded, finished, stopped, notRecovering };

struct RunWords {
    RunMood mood = RunMood::idle;
    QString text;
};

RunWords wordsFor(const Run& run);

/// Whether all faults have ended, yet the clients' share of good answers stays well below what it was before the first.
bool isNotRecovering(const Recording& recording, const std::vector<models::Happening>& happenings);

}  // namespace tantrum::studio
