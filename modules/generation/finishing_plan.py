"""What happens to a picture between the VAE and the disk."""

from __future__ import annotations

from dataclasses import dataclass

from modules.generation.request import GenerationRequest
from modules.generation.surroundings import Models
from modules.settings.values import Settings


@dataclass(frozen=True)
class FinishingPlan:
    """Repairs, and which stages in between are kept as pictures of their own."""

    face_restorer: str | None
    """None: faces stay as they are."""
    codeformer_weight: float
    save_before_faces: bool
    save_before_colors: bool
    save_before_hires: bool
    save_start: bool
    show_mask: bool
    show_masked_part: bool
    save_mask: bool
    save_masked_part: bool


def plan_finishing(request: GenerationRequest, settings: Settings, models: Models, comments: list[str]
                   ) -> FinishingPlan:
    """Read request and settings; nothing extra is saved where pictures are not."""
    faces, pictures, hires = settings.faces, settings.img2img, settings.hires
    restore = faces.face_restoration if request.restore_faces is None else request.restore_faces
    problem = models.face_restorer_problem(faces.face_restoration_model) if restore else ""
    if problem:
        comments.append(f"Faces were left as they are. {problem}")
    saving = settings.saving.samples_save if request.save_images is None else request.save_images
    return FinishingPlan(
        faces.face_restoration_model if restore and not problem else None, faces.code_former_weight,
        save_before_faces=saving and faces.save_images_before_face_restoration,
        save_before_colors=saving and pictures.save_images_before_color_correction,
        save_before_hires=saving and hires.save_images_before_highres_fix,
        save_start=saving and pictures.save_init_img,
        show_mask=pictures.return_mask, show_masked_part=pictures.return_mask_composite,
        save_mask=saving and pictures.save_mask, save_masked_part=saving and pictures.save_mask_composite)
